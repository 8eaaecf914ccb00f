import type { Job } from "../../core/dispatch/job.ts";
import { dispatchMessage } from "../../platform/dispatching.ts";
import { queueHandler } from "../../platform/queue-handler.ts";
import { smsSource } from "../../platform/sources/sms.ts";

const source = smsSource();

/** dispatch-sms-{high,bulk}: SNS. */
export const handler = queueHandler<Job>(async (received, context) => {
  if (received.message.kind !== "job") return { kind: "refused", why: "not a job" };
  return dispatchMessage(source, received, context);
});
