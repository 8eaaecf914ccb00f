import type { Target } from "../../core/dispatch/provider.ts";
import { retryAfterMs } from "../transport/retry-after.ts";
import type { VendorAnswer } from "../vendor/client.ts";
import { isObject, type Json } from "../vendor/content.ts";
import { allOf } from "../vendor/send-many.ts";
import { byStatus, type CodeClasses, type classifier, codeText, type Verdict } from "../vendor/verdict.ts";

/** github.com/MEIZUPUSH/PushAPI: codes of whole requests. */
export const MEIZU_CLASSES: CodeClasses = {
  retry: [500, 1001, 1003],
  throttled: [518, 110010],
  quota: [110019, 110051],
  config: [1006, 110000, 110001, 110009, 110031, 110033],
  payload: [1005, 110004, 110053],
};

/** Codes of single devices, the keys of `value`; 110010 means another thing there. */
export const MEIZU_DEVICE_CLASSES: CodeClasses = {
  ok: [520],
  invalid: [110002, 110003],
  retry: [501, 513, 519],
  quota: [110011],
  config: [201],
  suppressed: [110010],
  // An alias is what Clarion never sends to.
  payload: [110005],
};

type Classifier = ReturnType<typeof classifier>;
export type MeizuClassifiers = { request: Classifier; device: Classifier };

const TAKEN = "200";

/** `value` lists those that were not taken, by code; all others were. */
export function meizuVerdicts(
  { status, headers, json }: VendorAnswer,
  targets: readonly Target[],
  classOf: MeizuClassifiers,
  nowMs: number,
): Verdict[] {
  const code = codeText(json["code"]);
  if (status === 200 && code === TAKEN) return perDevice(json, targets, classOf.device);
  const after = retryAfterMs(headers["retry-after"] as string | undefined, nowMs);
  return allOf(targets, {
    class: (code === undefined ? undefined : classOf.request(code)) ?? byStatus(status),
    code: code ?? `status_${status}`,
    ...(after !== undefined && { retryAfterMs: after }),
  });
}

function perDevice({ value, msgId }: Json, targets: readonly Target[], classOf: Classifier): Verdict[] {
  const refused = new Map<string, string>();
  for (const [code, pushIds] of Object.entries(isObject(value) ? value : {}))
    if (Array.isArray(pushIds)) for (const pushId of pushIds) refused.set(String(pushId), code);
  const id = typeof msgId === "string" ? { providerId: msgId.slice(0, 64) } : {};
  return targets.map(({ token }): Verdict => {
    const code = codeText(refused.get(token) ?? TAKEN);
    if (code === TAKEN) return { class: "ok", code, ...id };
    const kind = (code === undefined ? undefined : classOf(code)) ?? "doubt";
    return {
      class: kind,
      code: DEVICE_WORDS[code ?? ""] ?? code ?? "code_unknown",
      ...(kind === "ok" && id),
    };
  });
}

/** A code that is a request's as well has another word for a device. */
const DEVICE_WORDS: Record<string, string> = { "110010": "switched_off" };
