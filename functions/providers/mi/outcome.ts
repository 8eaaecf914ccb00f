import type { Target } from "../../core/dispatch/provider.ts";
import { retryAfterMs } from "../transport/retry-after.ts";
import type { VendorAnswer } from "../vendor/client.ts";
import { isObject } from "../vendor/content.ts";
import { allOf } from "../vendor/send-many.ts";
import { type CodeClasses, classed, type classifier, codeText, type Verdict } from "../vendor/verdict.ts";

/** dev.mi.com, "server error codes" (pId=1560), and those that other senders have met (66007, 20000x). */
export const MI_CLASSES: CodeClasses = {
  ok: [0],
  invalid: [10029, 66007],
  throttled: [10027, 26004, 200002],
  quota: [10034, 200001],
  retry: [-1, 1, 10001, 10002, 10003, 10037, 20301, 20607, 26003, 65029],
  config: [21301, 21302, 21303, 21305, 22000, 22006, 22007, 22022, 10031, 10036, 26006, 27001],
  payload: [10008, 10012, 10016, 10017, 10041, 65009, 65014, 65015, 65036, 65037, 65038],
  suppressed: [65003],
};

/** "Send failed": of one token alone it says that the token is bad, of several nothing. */
const SEND_FAILED = "20301";

/** The answer for each target: one code for all, and the list of tokens that are bad. */
export function miVerdicts(
  { status, headers, json }: VendorAnswer,
  targets: readonly Target[],
  classOf: ReturnType<typeof classifier>,
  nowMs: number,
): Verdict[] {
  const code = codeText(json["code"]);
  const kind = classed(code, status, classOf);
  if (kind === "ok") return each(json["data"], targets, code);
  const after = retryAfterMs(headers["retry-after"] as string | undefined, nowMs);
  const single = code === SEND_FAILED && kind === "retry" && targets.length === 1;
  return allOf(targets, {
    class: single ? "invalid" : kind,
    code: code ?? `status_${status}`,
    ...(after !== undefined && { retryAfterMs: after }),
  });
}

function each(data: unknown, targets: readonly Target[], code = "0"): Verdict[] {
  const { id, bad_regids: listed } = isObject(data) ? data : {};
  const bad = new Set(typeof listed === "string" ? listed.split(",").map((token) => token.trim()) : []);
  return targets.map(({ token }): Verdict => {
    if (bad.has(token)) return { class: "invalid", code: "bad_regid" };
    return { class: "ok", code, ...(typeof id === "string" && { providerId: id.slice(0, 64) }) };
  });
}
