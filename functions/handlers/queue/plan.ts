import { type ClimbMessage, climbPage } from "../../core/ladder/climb.ts";
import type { PlanMessage } from "../../core/notification/notification.ts";
import { now } from "../../platform/clients.ts";
import { climbPorts } from "../../platform/climbing.ts";
import { settings } from "../../platform/env.ts";
import { planInSpan, planPorts, traced } from "../../platform/planning.ts";
import { type MessageAnswer, queueHandler } from "../../platform/queue-handler.ts";
import { groupOf } from "../../platform/queues.ts";
import { tellThatItWaits } from "../../platform/telling-waits.ts";

const ports = planPorts();
const climbing = climbPorts();

/** plan-{high,normal,low}: decides who gets what, a slice at a time, and who is tried on the next rung. */
export const handler = queueHandler<PlanMessage | ClimbMessage>(
  async ({ message, receiveCount }, context) => {
    if (message.kind === "climb") return climb(message);
    if (message.kind !== "plan") return { kind: "refused", why: "neither a plan message nor a climb" };
    const sliceMs = Math.min(settings().sliceMs, context.getRemainingTimeInMillis() * 0.75);
    const answer = await planInSpan(ports, message, now() + sliceMs);
    if (answer.kind === "done") return answer;
    const afterMs = answer.kind === "wait" ? answer.untilMs - now() : 0;
    if (answer.kind === "wait" && answer.why === "paused")
      await tellThatItWaits(message, receiveCount, afterMs);
    return {
      kind: "again",
      afterMs,
      resend: { body: message, group: groupOf(message.app, message.notification), ...traced(message) },
    };
  },
);

async function climb(message: ClimbMessage): Promise<MessageAnswer> {
  const answer = await climbPage(climbing, message);
  if (answer.kind === "done") return answer;
  return {
    kind: "again",
    afterMs: answer.untilMs - now(),
    resend: { body: message, group: groupOf(message.app, "climb"), ...traced(message) },
  };
}
