import type { PlanMessage } from "../../core/notification/notification.ts";
import { now } from "../../platform/clients.ts";
import { settings } from "../../platform/env.ts";
import { planInSpan, planPorts, traced } from "../../platform/planning.ts";
import { queueHandler } from "../../platform/queue-handler.ts";
import { groupOf } from "../../platform/queues.ts";

const ports = planPorts();

/** plan-{high,normal,low}: decides who gets what, a slice at a time. */
export const handler = queueHandler<PlanMessage>(async ({ message }, context) => {
  if (message.kind !== "plan") return { kind: "refused", why: "no plan message" };
  const sliceMs = Math.min(settings().sliceMs, context.getRemainingTimeInMillis() * 0.75);
  const answer = await planInSpan(ports, message, now() + sliceMs);
  if (answer.kind === "done") return answer;
  const afterMs = answer.kind === "wait" ? answer.untilMs - now() : 0;
  return {
    kind: "again",
    afterMs,
    resend: { body: message, group: groupOf(message.app, message.notification), ...traced(message) },
  };
});
