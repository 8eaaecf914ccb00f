import type { Job } from "../../core/dispatch/job.ts";
import { dispatchMessage } from "../../platform/dispatching.ts";
import { queueHandler } from "../../platform/queue-handler.ts";
import { mobilePushSource } from "../../platform/sources/mobile-push.ts";

const source = mobilePushSource();

/** dispatch-mobilePush-{high,normal,low}: APNs and FCM. */
export const handler = queueHandler<Job>(async ({ message }, context) => {
  if (message.kind !== "job") return { kind: "refused", why: "not a job" };
  return dispatchMessage(source, message, context);
});
