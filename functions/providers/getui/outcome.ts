import type { Target } from "../../core/dispatch/provider.ts";
import { retryAfterMs } from "../transport/retry-after.ts";
import type { VendorAnswer } from "../vendor/client.ts";
import { isObject } from "../vendor/content.ts";
import { allOf } from "../vendor/send-many.ts";
import { type CodeClasses, classed, type classifier, codeText, type Verdict } from "../vendor/verdict.ts";

/** docs.getui.com, REST API V2, "code"; `ignore` is a device's status. */
export const GETUI_CLASSES: CodeClasses = {
  ok: [0],
  auth: [10001],
  throttled: [10003, 10005],
  retry: [2],
  config: [301, 10002, 10004],
  payload: [1, 404, 405, 20001],
  suppressed: ["ignore"],
};

type Classifier = ReturnType<typeof classifier>;

/** A status for each device in `data`, or one code for all. */
export function getuiVerdicts(
  { status, headers, json }: VendorAnswer,
  targets: readonly Target[],
  classOf: Classifier,
  nowMs: number,
): Verdict[] {
  const code = codeText(json["code"]);
  if (status === 200 && code === "0") return perDevice(json["data"], targets, classOf);
  // 403 without a code is the plan that the app has bought, not its token.
  const kind = status === 403 && code === undefined ? "config" : classed(code, status, classOf);
  if (kind === "payload" && targets.length === 1 && isUnknownCid(code, json["msg"]))
    return allOf(targets, { class: "invalid", code: "unknown_cid" });
  const after = retryAfterMs(headers["retry-after"] as string | undefined, nowMs);
  return allOf(targets, {
    class: kind,
    code: code ?? `status_${status}`,
    ...(after !== undefined && { retryAfterMs: after }),
  });
}

/** 20001 is any wrong parameter; the text tells. */
const isUnknownCid = (code: string | undefined, text: unknown): boolean =>
  code === "20001" && typeof text === "string" && /target user is invalid/i.test(text);

/** `data`: {"<task id>": {"<cid>": "successed_online" | "successed_offline" | "successed_ignore"}}. */
function perDevice(data: unknown, targets: readonly Target[], classOf: Classifier): Verdict[] {
  const said = new Map<string, { taskId: string; what: string }>();
  for (const [taskId, statuses] of Object.entries(isObject(data) ? data : {}))
    for (const [cid, what] of Object.entries(isObject(statuses) ? statuses : {}))
      said.set(cid, { taskId, what: String(what) });
  return targets.map(({ token }): Verdict => {
    const { taskId, what } = said.get(token) ?? {};
    if (what === undefined) return { class: "doubt", code: "no_result" };
    if (what === "successed_ignore") return { class: classOf("ignore") ?? "suppressed", code: "ignore" };
    if (/^successed_/.test(what))
      return { class: "ok", code: "0", ...(taskId && { providerId: taskId.slice(0, 64) }) };
    return /target user is invalid/i.test(what)
      ? { class: "invalid", code: "unknown_cid" }
      : { class: "doubt", code: "no_result" };
  });
}
