/** The world's answer for one target: a value, never an exception. */
export type OutcomeKind =
  | "accepted"
  | "gone"
  | "rejected"
  | "retry"
  | "throttled"
  | "misconfigured"
  | "suppressed"
  | "unknown";

export type Outcome = {
  kind: OutcomeKind;
  /** The provider's status as it said it (an HTTP status), if there was an answer. */
  status?: number;
  /** The provider's own reason code (`BadDeviceToken`), or ours in snake_case (`deadline_exceeded`). */
  reason?: string;
  /** The provider's message id, where it differs from the one we chose. */
  providerId?: string;
  /** `gone` only: since when, in ms; a registration later than this survives. */
  sinceMs?: number;
  /** `retry` and `throttled` only: the provider's own minimum wait. */
  retryAfterMs?: number;
  /** The answer says the token is bad, which a wrong configuration can also cause: judged over a window. */
  tokenSuspect?: boolean;
  /** What failed is on this side, before the provider was asked: it says nothing of whether the provider answers. */
  unasked?: true;
};

/**
 * Whether somebody on the other side said so: what is decided without a request (too long a payload, a vendor's hours,
 * a quota that is used up) has no status.
 */
export const wasAnswered = ({ kind, status }: Outcome): boolean =>
  kind === "accepted" || status !== undefined;

/** What a provider fans out has no token that could be gone: such an answer refuses the message. */
export function ofFanOut({ tokenSuspect: _suspect, sinceMs: _since, ...outcome }: Outcome): Outcome {
  return outcome.kind === "gone" ? { ...outcome, kind: "rejected" } : outcome;
}

export const accepted = (extra: Partial<Outcome> = {}): Outcome => ({ kind: "accepted", ...extra });
export const unknown = (reason: string): Outcome => ({ kind: "unknown", reason });
