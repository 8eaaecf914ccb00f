import type { Job } from "../../core/dispatch/job.ts";
import type { CatchUp } from "../../core/inbox/inbox.ts";
import { dispatchMessage, type ProviderSource } from "../../platform/dispatching.ts";
import { catchUp, inAppProvider } from "../../platform/in-app.ts";
import { queueHandler } from "../../platform/queue-handler.ts";

const provider = inAppProvider();
const source: ProviderSource = async () => provider;

/** dispatch-inApp-{high,normal,low}: inboxes and open sockets. */
export const handler = queueHandler<Job | CatchUp>(async ({ message, receiveCount }, context) => {
  if (message.kind === "catchUp") return catchUp(message);
  if (message.kind !== "job") return { kind: "refused", why: "neither a job nor a catch-up" };
  return dispatchMessage(source, { message, receiveCount }, context);
});
