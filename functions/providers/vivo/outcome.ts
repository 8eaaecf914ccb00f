import type { Target } from "../../core/dispatch/provider.ts";
import { retryAfterMs } from "../transport/retry-after.ts";
import type { VendorAnswer } from "../vendor/client.ts";
import { codesBetween } from "../vendor/codes-between.ts";
import { isObject } from "../vendor/content.ts";
import { untilOpenMs } from "../vendor/open-hours.ts";
import { allOf } from "../vendor/send-many.ts";
import { type CodeClasses, classed, type classifier, codeText, type Verdict } from "../vendor/verdict.ts";

/** The hours in which vivo takes operations messages. */
export const DAYTIME = { from: 7, to: 23 };
/** vivo finds its hours closed, and our clock does not: its own rule for this app is another. */
const ASK_AGAIN_MS = 15 * 60_000;
export const CLOSED = "10071";

/** dev.vivo.com.cn, result codes, and those of newer lists that other senders keep. */
export const VIVO_CLASSES: CodeClasses = {
  ok: [0],
  invalid: [10302],
  suppressed: [10311],
  auth: [10000],
  throttled: [10072, Number(CLOSED)],
  // 10207 finds the request's time wrong: the next try has another.
  retry: [10207],
  quota: [10070, 10073, 10252, 10254],
  config: [10043, 10045, 10082, 10094, ...codesBetween(10200, 10206)],
  payload: [
    ...codesBetween(10050, 10067),
    ...[10085, 10095, 10096, 10097, 10103, 10104],
    ...codesBetween(10150, 10155),
    ...[10304, 10305, 10306, 10352, 10353],
  ],
};

export type Asked = {
  classOf: ReturnType<typeof classifier>;
  nowMs: number;
  /** The list's task, which receipts name; a message alone has one of its own in the answer. */
  taskId?: string;
};

/** The answer to a request as a whole. */
export function vivoVerdict({ status, headers, json }: VendorAnswer, { classOf, nowMs }: Asked): Verdict {
  const code = codeText(json["result"]);
  const kind = classed(code, status, classOf);
  const after =
    code === CLOSED
      ? untilOpenMs(nowMs, DAYTIME) || ASK_AGAIN_MS
      : retryAfterMs(headers["retry-after"] as string | undefined, nowMs);
  return {
    class: kind,
    code: code ?? `status_${status}`,
    ...(after !== undefined && { retryAfterMs: after }),
  };
}

/** The answer for each target: one code for all, and the users that are not reached. */
export function vivoVerdicts(answer: VendorAnswer, targets: readonly Target[], asked: Asked): Verdict[] {
  const verdict = vivoVerdict(answer, asked);
  if (verdict.class !== "ok") return allOf(targets, verdict);
  const { invalidUser, invalidUsers, taskId: own } = answer.json;
  const listed = [invalidUser, ...(Array.isArray(invalidUsers) ? invalidUsers : [])].filter(isObject);
  const failed = new Map(listed.map(({ userid, status }) => [userid, codeText(status) ?? "other"]));
  const taskId = typeof own === "string" ? own : asked.taskId;
  return targets.map(({ token }): Verdict => {
    const status = failed.get(token);
    if (status !== undefined) return ofUser(status, asked.classOf);
    return { ...verdict, ...(taskId !== undefined && { providerId: taskId.slice(0, 64) }) };
  });
}

/** 1 = unknown, 2 = app removed or unsubscribed, 4 = no test device; vivo does not push to the others either. */
function ofUser(status: string, classOf: Asked["classOf"]): Verdict {
  const code = ["1", "2", "4"].includes(status) ? `user_${status}` : "user_other";
  const known = { user_1: "invalid", user_2: "invalid", user_4: "config", user_other: "suppressed" } as const;
  return { class: classOf(code) ?? known[code as keyof typeof known], code };
}
