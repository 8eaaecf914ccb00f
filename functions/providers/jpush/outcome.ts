import type { Target } from "../../core/dispatch/provider.ts";
import { retryAfterMs } from "../transport/retry-after.ts";
import type { VendorAnswer } from "../vendor/client.ts";
import { isObject } from "../vendor/content.ts";
import { allOf } from "../vendor/send-many.ts";
import { byStatus, type CodeClasses, type classifier, codeText, type Verdict } from "../vendor/verdict.ts";

/** docs.jiguang.cn, "HTTP status codes" of the Push API. */
export const JPUSH_CLASSES: CodeClasses = {
  retry: [1000, 1030],
  throttled: [2002],
  quota: [2005],
  config: [1004, 1008, 1020, 2003, 2004, 2006, 2007],
  payload: [1001, 1002, 1003, 1005, 1009, 1012],
  // Nobody of the audience can be reached; who of them is no more, is said only when one alone was asked for.
  suppressed: [1011],
};

const NO_TARGET = "1011";
const WRONG_VALUE = "1003";

/** One answer for all targets: JPush says nothing of single ones. */
export function jpushVerdicts(
  { status, headers, json }: VendorAnswer,
  targets: readonly Target[],
  classOf: ReturnType<typeof classifier>,
  nowMs: number,
): Verdict[] {
  const error = isObject(json["error"]) ? json["error"] : undefined;
  const messageId = idText(json["msg_id"]);
  if (status === 200 && error === undefined && messageId !== undefined)
    return allOf(targets, { class: "ok", code: "accepted", providerId: messageId });
  const code = codeText(error?.["code"]);
  const kind = (code === undefined ? undefined : classOf(code)) ?? byStatus(status);
  const isPlain = kind === "suppressed" || kind === "payload";
  if (isPlain && targets.length === 1 && isTokens(code, error?.["message"]))
    return allOf(targets, { class: "invalid", code: "unknown_id" });
  const wait = (name: string) => retryAfterMs(headers[name] as string | undefined, nowMs);
  const after = wait("retry-after") ?? (kind === "throttled" ? wait("x-rate-limit-reset") : undefined);
  return allOf(targets, {
    class: kind,
    code: code ?? `status_${status}`,
    ...(after !== undefined && { retryAfterMs: after }),
  });
}

/** A refusal that is about the one registration id that was sent. */
const isTokens = (code: string | undefined, message: unknown): boolean =>
  code === NO_TARGET ||
  (code === WRONG_VALUE && typeof message === "string" && /registration.?id/i.test(message));

const idText = (id: unknown): string | undefined =>
  (typeof id === "string" && id !== "") || typeof id === "number" ? String(id).slice(0, 64) : undefined;
