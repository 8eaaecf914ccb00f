import { accepted, type Outcome } from "../../core/dispatch/outcome.ts";
import type { WebhookFormat } from "../../core/recipient/address.ts";
import { type Answer, jsonObject, type Reply, reasonCode, withoutAnswer } from "../transport/reply.ts";
import { retryAfterMs } from "../transport/retry-after.ts";
import { isObject, type Json } from "../vendor/content.ts";
import { isCodeRobot, robotVerdict } from "./robot-codes.ts";

/** Where nobody says how long. */
const AFTER_429_MS = 60_000;
const LONGEST_MS = 24 * 3_600_000;

type Verdict = Pick<Outcome, "kind" | "retryAfterMs" | "reason">;

/** Hooks of theirs that are removed answer 404; elsewhere it may be a wrong path that is put right. */
const GONE_BY_404: ReadonlySet<WebhookFormat> = new Set(["slack", "discord"]);

/** Failures to connect that no other try mends, by the end of what the transport says. */
const NOT_PUBLIC = /_EADDRNOTPUBLIC$/;
const BAD_CERTIFICATE =
  /_(CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+|ERR_TLS_CERT_ALTNAME_INVALID)$/;

/** What became of a request as an outcome. */
export function webhookOutcome(format: WebhookFormat, reply: Reply, nowMs: number): Outcome {
  if (reply.kind === "answer") return answered(format, reply, nowMs);
  if (reply.kind === "unsent" && NOT_PUBLIC.test(reply.reason))
    return { kind: "rejected", reason: "address_not_public" };
  if (reply.kind === "unsent" && BAD_CERTIFICATE.test(reply.reason))
    return { kind: "rejected", reason: "certificate_refused" };
  return withoutAnswer(reply);
}

function answered(format: WebhookFormat, answer: Answer, nowMs: number): Outcome {
  const { status } = answer;
  const json = jsonObject(answer.body);
  const isGood = status >= 200 && status < 300;
  if (isGood && !isCodeRobot(format)) return accepted({ status });
  const verdict = verdictOf(format, answer, json);
  if (verdict.kind === "accepted") return accepted({ status });
  const waits = verdict.kind === "retry" || verdict.kind === "throttled";
  const asked = waits ? askedMs(format, answer, json, nowMs) : undefined;
  return {
    status,
    reason: wordOf(format, status, answer.body, json),
    ...verdict,
    ...(asked !== undefined && { retryAfterMs: asked }),
  };
}

/** The status, but for the robots that say everything with 200 (or 400) and a code of their own. */
function verdictOf(format: WebhookFormat, { status }: Answer, json: Json): Verdict {
  if (status >= 500) return { kind: "retry" };
  if (status === 429) return { kind: "throttled", retryAfterMs: AFTER_429_MS };
  if (status === 410) return { kind: "gone" };
  if (status >= 300 && status < 400) return { kind: "rejected", reason: "redirect_refused" };
  if (isCodeRobot(format)) {
    const verdict = robotVerdict(format, json, status);
    if (verdict !== undefined) return verdict;
  }
  if (format === "telegram") return telegramVerdict(status, json);
  return { kind: status === 404 && GONE_BY_404.has(format) ? "gone" : "rejected" };
}

/**
 * https://core.telegram.org/bots/api#making-requests: the token stands in the path, so that 401 and 404 are said of
 * the bot. What 403 is about only its sentence tells; sentences as Telegram's server has them, not as a page lists them.
 */
function telegramVerdict(status: number, { description }: Json): Verdict {
  if (status === 401 || status === 404) return { kind: "misconfigured", reason: "bad_bot_token" };
  const isOver = /blocked by the user|user is deactivated|bot was kicked|chat was deleted/;
  if (status === 403 && typeof description === "string" && isOver.test(description))
    return { kind: "gone", reason: "bot_unwanted" };
  return { kind: "rejected" };
}

/** How long to wait: the header's word, or what Discord and Telegram say in the body (seconds, with fractions). */
function askedMs(format: WebhookFormat, { headers }: Answer, json: Json, nowMs: number): number | undefined {
  const parameters = json["parameters"];
  const said: Partial<Record<WebhookFormat, unknown>> = {
    discord: json["retry_after"],
    telegram: isObject(parameters) ? parameters["retry_after"] : undefined,
  };
  const seconds = said[format];
  if (typeof seconds === "number" && seconds >= 0) return Math.min(LONGEST_MS, Math.ceil(seconds * 1000));
  return retryAfterMs(headers["retry-after"], nowMs);
}

/** Slack answers with a word, Discord with a number; all others have their status. */
function wordOf(format: WebhookFormat, status: number, body: string, { code }: Json): string {
  const word = format === "slack" ? reasonCode(body.trim()) : undefined;
  if (word !== undefined) return `slack_${word}`;
  const number = format === "discord" && Number.isSafeInteger(code) && Number(code) > 0 ? code : undefined;
  return number === undefined ? `status_${status}` : `discord_${number}`;
}
