import { APP_OPERATIONS } from "./app-operations.ts";
import { DEAD_LETTER_OPERATIONS } from "./dead-letter-operations.ts";
import { NOTIFICATION_OPERATIONS } from "./notification-operations.ts";
import type { Operation } from "./operation.ts";
import { USER_OPERATIONS } from "./user-operations.ts";

/** Everything that the function `manage` serves. */
export const MANAGE_OPERATIONS: readonly Operation[] = [
  ...NOTIFICATION_OPERATIONS,
  ...USER_OPERATIONS,
  ...APP_OPERATIONS,
  ...DEAD_LETTER_OPERATIONS,
];
