import { AppError, type ErrorCode } from "../core/errors/app-error.ts";
import { acceptNotification } from "../core/notification/accept.ts";
import { type WelcomeMessage, WORTH_SENDING_MS, welcomeRequest } from "../core/notification/welcome.ts";
import { acceptPorts } from "./accepting.ts";
import { findApp } from "./apps.ts";
import { now } from "./clients.ts";
import { log } from "./log.ts";
import type { MessageAnswer } from "./queue-handler.ts";
import { groupOf } from "./queues.ts";

/** Refusals that pass by themselves: the platform's load, the person's minute. */
const PASSING: ReadonlySet<ErrorCode> = new Set(["overloaded", "rate_limited"]);
const WAIT_S = 30;

/**
 * Accepts an app's welcome for a browser. Where the refusal will pass it waits for that, as long as it is worth
 * sending; what another try would not mend costs the welcome and nothing else.
 */
export async function welcome(message: WelcomeMessage, sentAtMs: number): Promise<MessageAnswer> {
  const app = await findApp(message.app);
  const content = app?.defaults.welcome;
  if (app === undefined || app.disabled || content === undefined) return { kind: "done" };
  try {
    // Left to the plan queue: deciding here would need rights that nothing else on this queue does.
    const ports = { ...acceptPorts(), decideInline: async () => undefined };
    await acceptNotification(ports, app, welcomeRequest(message, content));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const again = triedAgain({ askedAtMs: sentAtMs, ...message }, error);
    log.info(again ? "welcome waits" : "welcome not sent", { app: app.id, why: error.code });
    if (again) return again;
  }
  return { kind: "done" };
}

/** Undefined: it is not worth it. The message keeps the time at which it was asked for. */
function triedAgain(
  message: WelcomeMessage & { askedAtMs: number },
  { code, extra }: AppError,
): MessageAnswer | undefined {
  const afterMs = (extra.retryAfterS ?? WAIT_S) * 1000;
  if (!PASSING.has(code) || now() + afterMs >= message.askedAtMs + WORTH_SENDING_MS) return undefined;
  return { kind: "again", afterMs, resend: { body: message, group: groupOf(message.app, "welcome") } };
}
