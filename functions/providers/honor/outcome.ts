import type { Target } from "../../core/dispatch/provider.ts";
import { retryAfterMs } from "../transport/retry-after.ts";
import type { VendorAnswer } from "../vendor/client.ts";
import { isObject } from "../vendor/content.ts";
import { allOf } from "../vendor/send-many.ts";
import { type CodeClasses, classed, type classifier, codeText, type Verdict } from "../vendor/verdict.ts";

/** No page of Honor's holds them all: gathered from what other senders have met, so `codes` may correct them. */
export const HONOR_CLASSES: CodeClasses = {
  ok: [200],
  invalid: [80300007],
  auth: [401, 403],
  throttled: [503],
  // 10001 and 10207 find the request's time wrong: the next try has another.
  retry: [500, 502, 10001, 10207],
  quota: [80200047],
  config: [404, 10205, 80200020, 80200022],
  payload: [80300006, 80100003, 80300008, 80300010, 10300, 80200050, 80200056],
};

const PARTLY = "80100000";

/** The answer for each target: one code for all, and lists of the tokens that were not taken. */
export function honorVerdicts(
  { status, headers, json }: VendorAnswer,
  targets: readonly Target[],
  classOf: ReturnType<typeof classifier>,
  nowMs: number,
): Verdict[] {
  const code = codeText(json["code"]);
  const kind = classed(code, status, classOf);
  if ((code === PARTLY && status === 200) || kind === "ok") return each(json["data"], targets, code);
  const after = retryAfterMs(headers["retry-after"] as string | undefined, nowMs);
  return allOf(targets, {
    class: kind,
    code: code ?? `status_${status}`,
    ...(after !== undefined && { retryAfterMs: after }),
  });
}

/** Expired tokens are dead; failed ones as well where the answer is partly good, else they may be tried again. */
function each(data: unknown, targets: readonly Target[], code: string | undefined): Verdict[] {
  const { expireTokens, failTokens, requestId, sendResult } = isObject(data) ? data : {};
  const [expired, failed] = [setOf(expireTokens), setOf(failTokens)];
  const id = typeof requestId === "string" ? requestId.slice(0, 64) : undefined;
  return targets.map(({ token }): Verdict => {
    if (expired.has(token)) return { class: "invalid", code: "expired" };
    if (failed.has(token))
      return code === PARTLY ? { class: "invalid", code: PARTLY } : { class: "retry", code: "failed" };
    if (sendResult === false) return { class: "doubt", code: "no_result" };
    return { class: "ok", code: code ?? "200", ...(id !== undefined && { providerId: id }) };
  });
}

const setOf = (tokens: unknown): Set<unknown> => new Set(Array.isArray(tokens) ? tokens : []);
