import { MANAGE_OPERATIONS } from "../../core/api/manage-operations.ts";
import { httpHandler } from "../../platform/http.ts";
import { authoriseManager, type Manager } from "../../platform/manager.ts";
import { appHandles } from "./manage/apps.ts";
import { deadLetterHandles } from "./manage/dead-letters.ts";
import { notificationHandles } from "./manage/notifications.ts";
import { providerHandles } from "./manage/providers.ts";
import { userHandles } from "./manage/users.ts";

/** The service side apart from sending. */
export const handler = httpHandler<Manager>({
  operations: MANAGE_OPERATIONS,
  authorise: authoriseManager,
  handles: {
    ...notificationHandles,
    ...userHandles,
    ...appHandles,
    ...providerHandles,
    ...deadLetterHandles,
  },
});
