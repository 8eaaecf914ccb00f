import { accepted, type Outcome } from "../../core/dispatch/outcome.ts";
import { type Answer, jsonObject, reasonCode } from "../transport/reply.ts";
import { retryAfterMs } from "../transport/retry-after.ts";
import type { FcmCode } from "./codes.ts";

/** https://firebase.google.com/docs/cloud-messaging/scale-fcm: a minute after 429, 10 s at least after 5xx. */
const AFTER_429_MS = 60_000;
const AFTER_5XX_MS = 10_000;

const ACCEPTED = accepted({ status: 200 });

type Verdict = Pick<Outcome, "kind" | "tokenSuspect" | "retryAfterMs">;

const MISCONFIGURED: Verdict = { kind: "misconfigured" };
/** The project of other credentials gives these for every device. */
const SUSPECT: Verdict = { kind: "gone", tokenSuspect: true };
const THROTTLED: Verdict = { kind: "throttled", retryAfterMs: AFTER_429_MS };
const LATER: Verdict = { kind: "retry", retryAfterMs: AFTER_5XX_MS };

type ProviderCode = Exclude<FcmCode, "invalid_grant" | "token_endpoint" | "payload_too_large">;

/** https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode, and google.rpc.Code where FCM names none. */
export const FCM_VERDICTS: Record<ProviderCode, Verdict> = {
  UNREGISTERED: SUSPECT,
  // Google's own, without FCM's code beside it: not the token is unknown, but the project.
  NOT_FOUND: MISCONFIGURED,
  SENDER_ID_MISMATCH: SUSPECT,
  // Token or message: the token stays.
  INVALID_ARGUMENT: { kind: "rejected" },
  QUOTA_EXCEEDED: THROTTLED,
  RESOURCE_EXHAUSTED: THROTTLED,
  UNAVAILABLE: LATER,
  INTERNAL: LATER,
  DEADLINE_EXCEEDED: LATER,
  THIRD_PARTY_AUTH_ERROR: MISCONFIGURED,
  PERMISSION_DENIED: MISCONFIGURED,
  UNAUTHENTICATED: MISCONFIGURED,
  UNSPECIFIED_ERROR: { kind: "rejected" },
};

function byStatus(status: number): Verdict {
  if (status === 429) return THROTTLED;
  if (status >= 500) return LATER;
  if (status === 401 || status === 403 || status === 404) return MISCONFIGURED;
  return status >= 400 ? { kind: "rejected" } : { kind: "unknown" };
}

const isCode = (code: unknown): code is ProviderCode =>
  typeof code === "string" && Object.hasOwn(FCM_VERDICTS, code);

type GoogleError = { status?: unknown; details?: unknown };

/** FCM's own code stands in the details; Google's general one beside the message. */
function codeOf(body: string): string | undefined {
  const error = jsonObject(body)["error"] as GoogleError | null | undefined;
  const details: unknown[] = Array.isArray(error?.details) ? error.details : [];
  const own = details
    .map((detail) => (detail as { errorCode?: unknown } | null)?.errorCode)
    .find((code) => typeof code === "string");
  return reasonCode(own ?? error?.status);
}

/** FCM's answer as an outcome. */
export function fcmOutcome({ status, headers, body }: Answer, nowMs: number): Outcome {
  if (status === 200) return ACCEPTED;
  const code = codeOf(body);
  const verdict = isCode(code) ? FCM_VERDICTS[code] : byStatus(status);
  const asked = retryAfterMs(headers["retry-after"], nowMs);
  return {
    ...verdict,
    status,
    reason: code ?? `status_${status}`,
    ...(asked !== undefined && waits(verdict) && { retryAfterMs: minimum(verdict, asked) }),
  };
}

const waits = ({ kind }: Verdict): boolean => kind === "retry" || kind === "throttled";

/** A 429's own time replaces the minute; a 5xx never comes back sooner than after ten seconds. */
const minimum = ({ kind }: Verdict, askedMs: number): number =>
  kind === "retry" ? Math.max(AFTER_5XX_MS, askedMs) : askedMs;
