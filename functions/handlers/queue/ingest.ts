import { type JudgeTokens, suspectsConfiguration } from "../../core/dispatch/verdict.ts";
import { planMessage } from "../../core/notification/accept.ts";
import type { WelcomeMessage } from "../../core/notification/welcome.ts";
import { isMailEvent } from "../../core/receipt/mail-event.ts";
import { removeToken } from "../../core/recipient/remove-token.ts";
import { now, tableOf } from "../../platform/clients.ts";
import { log } from "../../platform/log.ts";
import { takeMailEvent } from "../../platform/mail-events.ts";
import { metric } from "../../platform/metrics.ts";
import { enqueuePlan } from "../../platform/planning.ts";
import { type MessageAnswer, queueHandler } from "../../platform/queue-handler.ts";
import type { Fired } from "../../platform/schedules.ts";
import { removeTokenPorts } from "../../platform/token-ports.ts";
import { welcome } from "../../platform/welcoming.ts";
import { headerStore } from "../../storage/headers.ts";
import { verdictStore } from "../../storage/verdicts.ts";

/** ingest: fired schedules and judgements whose window is over. */
export const handler = queueHandler<Fired | JudgeTokens | WelcomeMessage>(async ({ message }) => {
  if (isMailEvent(message)) {
    await takeMailEvent(message);
    return { kind: "done" };
  }
  if (message.kind === "fired") return fired(message);
  if (message.kind === "judge") return judge(message);
  if (message.kind === "welcome") {
    await welcome(message);
    return { kind: "done" };
  }
  return { kind: "refused", why: "neither a fired schedule nor a judgement" };
});

/** A schedule fires a minute early; the rest of the way is a delay. A stale revision's schedule is void. */
async function fired({ app, notification: id, revision }: Fired): Promise<MessageAnswer> {
  const notification = await headerStore(tableOf("delivery"), now).get(app, id, true);
  if (
    notification === undefined ||
    notification.revision !== revision ||
    notification.state !== "scheduled"
  ) {
    return { kind: "done" };
  }
  const delayMs = Math.max(0, (notification.sendAtMs ?? 0) - now());
  await enqueuePlan(planMessage(notification), notification, delayMs);
  return { kind: "done" };
}

/** Bad tokens of a window that looks like a wrong configuration are all kept; otherwise they are gone. */
async function judge({ app, provider, window, tokens }: JudgeTokens): Promise<MessageAnswer> {
  const total = await verdictStore(tableOf("guard")).read(app, provider, window);
  // A window that nobody remembers any more cannot be judged: keeping a dead token is the smaller harm.
  if (total.results === 0 || suspectsConfiguration(total)) {
    log.warn("bad tokens kept", { app, provider, tokens: tokens.length, ...total });
    return { kind: "done" };
  }
  const ports = removeTokenPorts();
  for (const token of tokens) {
    if (await removeToken(ports, app, token))
      metric("invalidTokens", 1, { dimensions: { provider }, by: [[], ["provider"]] });
  }
  return { kind: "done" };
}
