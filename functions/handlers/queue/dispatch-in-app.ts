import type { Context } from "aws-lambda";
import { timeToSend } from "../../core/dispatch/dispatch-job.ts";
import type { Job } from "../../core/dispatch/job.ts";
import type { CatchUp } from "../../core/inbox/inbox.ts";
import { catchUp } from "../../platform/catching-up.ts";
import { dispatchMessage, type ProviderSource } from "../../platform/dispatching.ts";
import { settings } from "../../platform/env.ts";
import { inAppProvider } from "../../platform/in-app.ts";
import { queueHandler } from "../../platform/queue-handler.ts";

const provider = inAppProvider();
const source: ProviderSource = async () => provider;

const isLate = (context: Context): boolean => !timeToSend(context.getRemainingTimeInMillis(), settings());

/** dispatch-inApp-{high,normal,low}: inboxes and open sockets. */
export const handler = queueHandler<Job | CatchUp>(async ({ message, receiveCount }, context) => {
  if (message.kind === "catchUp") return catchUp(message, () => isLate(context));
  if (message.kind !== "job") return { kind: "refused", why: "neither a job nor a catch-up" };
  return dispatchMessage(source, { message, receiveCount }, context);
});
