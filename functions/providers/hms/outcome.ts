import type { Target } from "../../core/dispatch/provider.ts";
import { jsonObject } from "../transport/reply.ts";
import { retryAfterMs } from "../transport/retry-after.ts";
import type { VendorAnswer } from "../vendor/client.ts";
import { allOf } from "../vendor/send-many.ts";
import { type CodeClasses, classed, type classifier, codeText, type Verdict } from "../vendor/verdict.ts";

/** developer.huawei.com, "HTTPS send API": result codes; v3's own, and its groups of refused tokens, come last. */
export const HMS_CLASSES: CodeClasses = {
  ok: [80000000],
  invalid: [80300007, "illegal_tokens", "tokenFormatError"],
  auth: [80200001, 80200003, 80200005],
  throttled: [503, 80100017],
  retry: [81000001, 80600003],
  quota: [80300029],
  config: [
    80300002,
    80300011,
    80300013,
    80300036,
    80300037,
    "noRight",
    "noPushTypeRight",
    "countryNotSupport",
  ],
  payload: [
    80100001, 80100002, 80100003, 80100004, 80100013, 80100016, 80100018, 80300008, 80300010, 80100022,
    80300030,
  ],
};

/** Some tokens were not taken; the sender is known, then. */
export const PARTLY = "80100000";
/** No right to send, or tokens of another app. */
export const NO_RIGHT = "80300002";

/** The answer for each target: one code for all, or the list of tokens that were not taken. */
export function hmsVerdicts(
  { status, headers, json }: VendorAnswer,
  targets: readonly Target[],
  classOf: ReturnType<typeof classifier>,
  nowMs: number,
): Verdict[] {
  const code = codeText(json["code"]);
  const requestId = typeof json["requestId"] === "string" ? json["requestId"].slice(0, 64) : undefined;
  if (code === PARTLY) return partly(json["msg"], targets, { requestId, classOf });
  // Overload is told by the HTTP status alone.
  const kind = status === 503 ? "throttled" : classed(code, status, classOf);
  const after = retryAfterMs(headers["retry-after"] as string | undefined, nowMs);
  return allOf(targets, {
    class: kind,
    code: code ?? `status_${status}`,
    ...(after !== undefined && { retryAfterMs: after }),
    ...(kind === "ok" && requestId !== undefined && { providerId: requestId }),
  });
}

/**
 * `msg` is itself JSON: v1 lists the tokens that are illegal; v3 groups them by reason. A group that nobody knows is no
 * reason to take a token for dead.
 */
function partly(msg: unknown, targets: readonly Target[], { requestId, classOf }: Partly): Verdict[] {
  const said = jsonObject(typeof msg === "string" ? msg : "");
  const failed = new Map<string, string>();
  for (const [group, tokens] of Object.entries(said))
    if (Array.isArray(tokens)) for (const token of tokens) failed.set(String(token), group);
  if (failed.size === 0) return allOf(targets, { class: "doubt", code: PARTLY });
  return targets.map(({ token }): Verdict => {
    const group = failed.get(token);
    if (group === undefined)
      return { class: "ok", code: PARTLY, ...(requestId !== undefined && { providerId: requestId }) };
    return { class: classOf(group) ?? "payload", code: reasonOf(group) };
  });
}

type Partly = { requestId: string | undefined; classOf: ReturnType<typeof classifier> };

const ILLEGAL = "illegal_tokens";
/** Reasons are kept: what does not look like the name of a group is not repeated. */
const GROUP = /^[A-Za-z_]{1,24}$/;

const reasonOf = (group: string): string => (group === ILLEGAL || !GROUP.test(group) ? PARTLY : group);
