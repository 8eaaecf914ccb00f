import { accepted, type Outcome } from "../../core/dispatch/outcome.ts";
import { type Answer, jsonObject, reasonCode } from "../transport/reply.ts";
import { retryAfterMs } from "../transport/retry-after.ts";

const AFTER_429_MS = 60_000;

type Verdict = Pick<Outcome, "kind" | "retryAfterMs">;

/** RFC 8030 and the push services' own pages: the status decides, reasons differ from service to service. */
export const WEBPUSH_VERDICTS: Record<number, Verdict> = {
  400: { kind: "misconfigured" },
  401: { kind: "misconfigured" },
  403: { kind: "misconfigured" },
  404: { kind: "gone" },
  410: { kind: "gone" },
  413: { kind: "rejected" },
  429: { kind: "throttled", retryAfterMs: AFTER_429_MS },
  500: { kind: "retry" },
  502: { kind: "retry" },
  503: { kind: "retry" },
};

function verdictOf(status: number): Verdict {
  return WEBPUSH_VERDICTS[status] ?? { kind: status >= 500 ? "retry" : "rejected" };
}

/** A push service's answer as an outcome; a redirect is not followed. */
export function webPushOutcome({ status, headers, body }: Answer, nowMs: number): Outcome {
  if (status >= 200 && status < 300) return accepted({ status });
  const verdict = verdictOf(status);
  const asked = retryAfterMs(headers["retry-after"], nowMs);
  const waits = verdict.kind === "retry" || verdict.kind === "throttled";
  return {
    ...verdict,
    status,
    reason: reasonCode(jsonObject(body)["reason"]) ?? `status_${status}`,
    ...(waits && asked !== undefined && { retryAfterMs: asked }),
  };
}
