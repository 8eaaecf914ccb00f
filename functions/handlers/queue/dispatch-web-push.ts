import type { Job } from "../../core/dispatch/job.ts";
import { dispatchMessage } from "../../platform/dispatching.ts";
import { queueHandler } from "../../platform/queue-handler.ts";
import { webPushSource } from "../../platform/sources/web-push.ts";

const source = webPushSource();

/** dispatch-webPush-{high,normal,low}: browsers' push services. */
export const handler = queueHandler<Job>(async (received, context) => {
  if (received.message.kind !== "job") return { kind: "refused", why: "not a job" };
  return dispatchMessage(source, received, context);
});
