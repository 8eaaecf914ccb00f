import type { Job } from "../../core/dispatch/job.ts";
import { dispatchMessage } from "../../platform/dispatching.ts";
import { queueHandler } from "../../platform/queue-handler.ts";
import { webhookSource } from "../../platform/sources/webhook.ts";

const source = webhookSource();

/** dispatch-webhook-{high,bulk}: people's servers and chat tools. */
export const handler = queueHandler<Job>(async (received, context) => {
  if (received.message.kind !== "job") return { kind: "refused", why: "not a job" };
  return dispatchMessage(source, received, context);
});
