import type { Job } from "../../core/dispatch/job.ts";
import { dispatchMessage } from "../../platform/dispatching.ts";
import { queueHandler } from "../../platform/queue-handler.ts";
import { emailSource } from "../../platform/sources/email.ts";

const source = emailSource();

/** dispatch-email-{high,bulk}: SES. */
export const handler = queueHandler<Job>(async (received, context) => {
  if (received.message.kind !== "job") return { kind: "refused", why: "not a job" };
  return dispatchMessage(source, received, context);
});
