import type { Target } from "../../core/dispatch/provider.ts";
import { retryAfterMs } from "../transport/retry-after.ts";
import type { VendorAnswer } from "../vendor/client.ts";
import { isObject, type Json } from "../vendor/content.ts";
import { allOf } from "../vendor/send-many.ts";
import { type CodeClasses, classed, type classifier, codeText, type Verdict } from "../vendor/verdict.ts";

/** open.oppomobile.com, "return codes". */
export const OPPO_CLASSES: CodeClasses = {
  ok: [0],
  invalid: [10000],
  auth: [11, 29],
  throttled: [-2, 13, 55],
  quota: [33, 42],
  // 18 and 19 find the request's time wrong: the next try has another.
  retry: [-1, 18, 19],
  config: [12, 14, 15, 16, 17, 20, 21, 22, 23, 24, 26, 27, 28, 30, 59],
  payload: [25, 31, 32, 34, 40, 41, 51, 67],
};

/** The answer for each target: one code for all, and of a batch the tokens with codes of their own. */
export function oppoVerdicts(
  { status, headers, json }: VendorAnswer,
  targets: readonly Target[],
  classOf: ReturnType<typeof classifier>,
  nowMs: number,
): Verdict[] {
  const code = codeText(json["code"]);
  const kind = classed(code, status, classOf);
  if (kind === "ok" && Array.isArray(json["data"])) return each(json["data"], targets, classOf);
  const after = retryAfterMs(headers["retry-after"] as string | undefined, nowMs);
  return allOf(targets, {
    // A batch that is taken says so of each target.
    class: kind === "ok" && targets.length > 1 ? "doubt" : kind,
    code: code ?? `status_${status}`,
    ...(after !== undefined && { retryAfterMs: after }),
    ...(kind === "ok" && isObject(json["data"]) && idOf(json["data"])),
  });
}

function each(
  data: readonly unknown[],
  targets: readonly Target[],
  classOf: ReturnType<typeof classifier>,
): Verdict[] {
  const said = new Map(data.filter(isObject).map((entry) => [entry["registrationId"], entry]));
  return targets.map(({ token }): Verdict => {
    const entry = said.get(token);
    if (entry === undefined) return { class: "doubt", code: "no_result" };
    if (entry["errorCode"] === undefined || entry["errorCode"] === null)
      return { class: "ok", code: "0", ...idOf(entry) };
    const code = codeText(entry["errorCode"]);
    const kind = code === undefined ? undefined : classOf(code);
    return { class: kind ?? "doubt", code: code ?? "no_result", ...(kind === "ok" && idOf(entry)) };
  });
}

const idOf = ({ messageId }: Json): { providerId?: string } =>
  typeof messageId === "string" ? { providerId: messageId.slice(0, 64) } : {};
