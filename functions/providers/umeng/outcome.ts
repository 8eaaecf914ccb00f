import type { Target } from "../../core/dispatch/provider.ts";
import { retryAfterMs } from "../transport/retry-after.ts";
import type { VendorAnswer } from "../vendor/client.ts";
import { isObject } from "../vendor/content.ts";
import { allOf } from "../vendor/send-many.ts";
import { type CodeClasses, classed, type classifier, codeText, type Verdict } from "../vendor/verdict.ts";
import { PAYLOAD_CODES } from "./codes.ts";

/** Umeng's U-Push API, "error codes". */
export const UMENG_CLASSES: CodeClasses = {
  throttled: [2050],
  // 2028 and 2036: the clock; the next request carries another time and signature.
  retry: [2019, 2023, 2028, 2036, 6002, 6003, 6004],
  config: [
    1018, 2000, 2004, 2007, 2021, 2027, 2032, 2033, 2034, 2035, 2054, 5001, 5007, 5008, 5009, 5010, 6001,
  ],
  payload: PAYLOAD_CODES,
};

/** One answer for all targets: Umeng says nothing of single ones. */
export function umengVerdicts(
  { status, headers, json }: VendorAnswer,
  targets: readonly Target[],
  classOf: ReturnType<typeof classifier>,
  nowMs: number,
): Verdict[] {
  const data = isObject(json["data"]) ? json["data"] : {};
  if (status === 200 && json["ret"] === "SUCCESS") {
    const id = data["msg_id"] ?? data["task_id"];
    return allOf(targets, {
      class: "ok",
      code: "SUCCESS",
      ...(typeof id === "string" && { providerId: id.slice(0, 64) }),
    });
  }
  const code = codeText(data["error_code"]);
  const after = retryAfterMs(headers["retry-after"] as string | undefined, nowMs);
  return allOf(targets, {
    class: classed(code, status, classOf),
    code: code ?? `status_${status}`,
    ...(after !== undefined && { retryAfterMs: after }),
  });
}
