import { accepted, type Outcome } from "../../core/dispatch/outcome.ts";
import { type Answer, jsonObject, reasonCode, timeMs } from "../transport/reply.ts";
import { retryAfterMs } from "../transport/retry-after.ts";
import type { ApnsCode } from "./codes.ts";

/** Apple asks to wait 15 minutes after a 5xx. */
const AFTER_5XX_MS = 15 * 60_000;
const AFTER_429_MS = 60_000;

const ACCEPTED = accepted({ status: 200 });

type Verdict = Pick<Outcome, "kind" | "tokenSuspect" | "retryAfterMs">;

const MISCONFIGURED: Verdict = { kind: "misconfigured" };
const GONE: Verdict = { kind: "gone" };
/** A wrong environment or bundle id gives these for every device. */
const SUSPECT: Verdict = { kind: "gone", tokenSuspect: true };
const LATER: Verdict = { kind: "retry", retryAfterMs: AFTER_5XX_MS };

/** https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns */
export const APNS_VERDICTS: Record<Exclude<ApnsCode, "payload_too_large">, Verdict> = {
  BadCollapseId: MISCONFIGURED,
  BadDeviceToken: SUSPECT,
  BadExpirationDate: MISCONFIGURED,
  BadMessageId: MISCONFIGURED,
  BadPriority: MISCONFIGURED,
  BadTopic: MISCONFIGURED,
  DeviceTokenNotForTopic: SUSPECT,
  DuplicateHeaders: MISCONFIGURED,
  IdleTimeout: { kind: "retry" },
  InvalidPushType: MISCONFIGURED,
  MissingDeviceToken: { kind: "rejected" },
  MissingTopic: MISCONFIGURED,
  PayloadEmpty: MISCONFIGURED,
  TopicDisallowed: MISCONFIGURED,
  BadCertificate: MISCONFIGURED,
  BadCertificateEnvironment: MISCONFIGURED,
  // Answered with a renewed token first; this is what remains while none may be made yet.
  ExpiredProviderToken: { kind: "retry", retryAfterMs: AFTER_429_MS },
  Forbidden: { kind: "rejected" },
  InvalidProviderToken: MISCONFIGURED,
  MissingProviderToken: MISCONFIGURED,
  UnrelatedKeyIdInToken: MISCONFIGURED,
  BadEnvironmentKeyIdInToken: MISCONFIGURED,
  BadEnvironmentKeyInToken: MISCONFIGURED,
  BadPath: MISCONFIGURED,
  MethodNotAllowed: MISCONFIGURED,
  ExpiredToken: GONE,
  Unregistered: GONE,
  PayloadTooLarge: { kind: "rejected" },
  TooManyProviderTokenUpdates: { kind: "throttled", retryAfterMs: AFTER_429_MS },
  TooManyRequests: { kind: "throttled", retryAfterMs: AFTER_429_MS },
  // Of broadcasts and their channels (https://developer.apple.com/documentation/usernotifications/handling-error-responses-from-apns).
  FeatureNotEnabled: MISCONFIGURED,
  MissingChannelId: MISCONFIGURED,
  MissingPushType: MISCONFIGURED,
  TopicMismatch: MISCONFIGURED,
  BadChannelId: { kind: "rejected" },
  ChannelNotRegistered: { kind: "rejected" },
  BadRequestParams: { kind: "rejected" },
  BadRequestPayload: { kind: "rejected" },
  CannotCreateChannelConfig: { kind: "rejected" },
  InternalServerError: LATER,
  ServiceUnavailable: LATER,
  Shutdown: LATER,
};

/** Reasons that are not in Apple's list yet are judged by their status. */
function byStatus(status: number): Verdict {
  if (status === 410) return GONE;
  if (status === 413 || status === 400) return { kind: "rejected" };
  if (status === 429) return { kind: "throttled", retryAfterMs: AFTER_429_MS };
  if (status >= 500) return LATER;
  return status >= 400 ? MISCONFIGURED : { kind: "unknown" };
}

export const isCode = (reason: unknown): reason is keyof typeof APNS_VERDICTS =>
  typeof reason === "string" && Object.hasOwn(APNS_VERDICTS, reason);

/** Apple's answer as an outcome. */
export function apnsOutcome({ status, headers, body }: Answer, nowMs: number): Outcome {
  if (status === 200) return ACCEPTED;
  const { reason, timestamp } = jsonObject(body);
  const verdict = isCode(reason) ? APNS_VERDICTS[reason] : byStatus(status);
  const asked = retryAfterMs(headers["retry-after"], nowMs);
  const waits = verdict.kind === "retry" || verdict.kind === "throttled";
  const sinceMs = timeMs(timestamp);
  return {
    ...verdict,
    status,
    reason: reasonCode(reason) ?? `status_${status}`,
    ...(verdict.kind === "gone" && sinceMs !== undefined && { sinceMs }),
    ...(waits && asked !== undefined && { retryAfterMs: Math.max(asked, verdict.retryAfterMs ?? 0) }),
  };
}

/** The provider token is too old: asked again with another. */
export const isExpired = ({ status, body }: Answer): boolean =>
  status === 403 && jsonObject(body)["reason"] === "ExpiredProviderToken";
