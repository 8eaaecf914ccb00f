import { type JudgeTokens, suspectsConfiguration } from "../../core/dispatch/verdict.ts";
import { planMessage } from "../../core/notification/accept.ts";
import type { WelcomeMessage } from "../../core/notification/welcome.ts";
import { isMailEvent, isTopicNotice } from "../../core/receipt/mail-event.ts";
import { isTextEvent } from "../../core/receipt/text-event.ts";
import type { TextLogMessage } from "../../core/receipt/text-log.ts";
import { removeToken } from "../../core/recipient/remove-token.ts";
import { now, tableOf } from "../../platform/clients.ts";
import { log } from "../../platform/log.ts";
import { takeMailEvent } from "../../platform/mail-events.ts";
import { metric } from "../../platform/metrics.ts";
import { enqueuePlan } from "../../platform/planning.ts";
import { type MessageAnswer, queueHandler } from "../../platform/queue-handler.ts";
import type { Fired } from "../../platform/schedules.ts";
import { takeTextEvent, takeTextLog } from "../../platform/text-events.ts";
import { removeTokenPorts } from "../../platform/token-ports.ts";
import { welcome } from "../../platform/welcoming.ts";
import { headerStore } from "../../storage/headers.ts";
import { verdictStore } from "../../storage/verdicts.ts";

type Ingested = Fired | JudgeTokens | WelcomeMessage | TextLogMessage;

/** ingest: fired schedules, judgements whose window is over, and what AWS tells of mails and text messages. */
export const handler = queueHandler<Ingested>(async ({ message, sentAtMs }) => {
  if (isMailEvent(message)) {
    await takeMailEvent(message);
    return { kind: "done" };
  }
  if (isTextEvent(message)) return takeTextEvent(message);
  if (message.kind === "text") return takeTextLog(message);
  if (message.kind === "fired") return fired(message);
  if (message.kind === "judge") return judge(message);
  if (message.kind === "welcome") return welcome(message, sentAtMs);
  return { kind: "refused", why: "no kind of message that is known here" };
}, isTopicNotice);

/**
 * A schedule fires a minute early; the rest of the way is a delay. A stale revision's schedule is void, and one of an
 * attempt that was never accepted.
 */
async function fired({ app, notification: id, revision, attempt }: Fired): Promise<MessageAnswer> {
  const notification = await headerStore(tableOf("delivery"), now).get(app, id, true);
  if (
    notification === undefined ||
    notification.revision !== revision ||
    (attempt !== undefined && notification.attempt !== attempt) ||
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
