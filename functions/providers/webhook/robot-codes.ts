import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { WebhookFormat } from "../../core/recipient/address.ts";
import type { Json } from "../vendor/content.ts";

/** Robots whose answer is in the body, whatever the status says. */
const CODE_ROBOTS = ["feishu", "dingtalk", "wecom"] as const;
type CodeRobot = (typeof CODE_ROBOTS)[number];
export const isCodeRobot = (format: WebhookFormat): format is CodeRobot =>
  CODE_ROBOTS.some((robot) => robot === format);

type Verdict = Pick<Outcome, "kind" | "retryAfterMs" | "reason">;

const REJECTED: Verdict = { kind: "rejected" };
const GONE: Verdict = { kind: "gone" };
const LATER: Verdict = { kind: "retry" };
const THROTTLED = (retryAfterMs: number): Verdict => ({ kind: "throttled", retryAfterMs });

const S = 1_000;

/**
 * A wrong signature, keyword or address list is the matter of the person who entered the robot, not of the app: it
 * is rejected, and no alarm goes off. Sources: [D] read on the tool's own page or a copy of it; [R] seen in others' logs
 * and code; [M] from memory of that page, uncertain until one of them is met.
 */
export const ROBOT_VERDICTS: Record<CodeRobot, Record<string, Verdict>> = {
  // https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
  feishu: {
    9499: REJECTED, // [R] Bad Request: the body is not what msg_type says
    19001: GONE, // [R] param invalid: incoming webhook access token invalid
    19002: REJECTED, // [M] params error, msg_type need
    19021: REJECTED, // [D] sign match fail, or more than an hour off
    19022: REJECTED, // [D] ip not allowed
    19024: REJECTED, // [D] key words not found
    11232: THROTTLED(10 * S), // [D] 100 a minute, 5 a second, and less on the hour
  },
  // https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages
  dingtalk: {
    m1: LATER, // [D] the system is busy
    40035: REJECTED, // [M] no JSON
    43004: REJECTED, // [M] wrong content type
    130101: THROTTLED(600 * S), // [R] more than 20 a minute: silent for ten
    300001: GONE, // [R] token is not exist
    310000: REJECTED, // [R] signature, keyword or address list; no number of its own for each
    400013: GONE, // [M] the group has been dissolved
    400101: GONE, // [M] there is no such access_token
    400102: REJECTED, // [M] the robot is switched off, and may be on again
    400105: REJECTED, // [M] no such message type
    400106: GONE, // [M] there is no such robot
    410100: THROTTLED(60 * S), // [R] sent too fast
    430101: REJECTED, // [M] an unsafe link
    430102: REJECTED, // [M] an unfit text
    430103: REJECTED, // [M] an unfit image
    430104: REJECTED, // [M] unfit content
  },
  // https://developer.work.weixin.qq.com/document/path/90313
  wecom: {
    m1: LATER, // [D] the system is busy
    40008: REJECTED, // [D] no such msgtype
    40058: REJECTED, // [M] a field is wrong or too long
    44004: REJECTED, // [M] empty text
    45002: REJECTED, // [M] too long
    45009: THROTTLED(60 * S), // [D] too often: 20 a minute
    45033: THROTTLED(5 * S), // [D] too many at once
    93000: GONE, // [D] no such webhook, or the robot was removed from the group
    93004: REJECTED, // [D] the robot is switched off
    93008: REJECTED, // [D] not in the group
  },
};

/** Feishu's older answers say StatusCode. */
const codeIn = (robot: CodeRobot, json: Json): unknown =>
  robot === "feishu" ? (json["code"] ?? json["StatusCode"]) : json["errcode"];

/**
 * What a robot's answer means; undefined: it holds no code, and its status is no yes.
 * A code that nobody has explained is a no: the robot answered, and did not say 0.
 */
export function robotVerdict(robot: CodeRobot, json: Json, status: number): Verdict | undefined {
  const isGood = status < 300;
  const code = codeIn(robot, json);
  if (!Number.isSafeInteger(code) || Math.abs(Number(code)) > 1e9)
    // An answer that says nothing: the message may have been taken.
    return isGood ? { kind: "unknown", reason: "no_code" } : undefined;
  if (code === 0) return isGood ? { kind: "accepted" } : undefined;
  const text = String(code).replace("-", "m");
  const known = ROBOT_VERDICTS[robot];
  const verdict = Object.hasOwn(known, text) ? known[text]! : REJECTED;
  // WeCom has said 93000 of texts that were too long, too: an address does not go for that.
  const isOfText = robot === "wecom" && code === 93_000 && !/webhook/i.test(String(json["errmsg"]));
  return { ...(isOfText ? REJECTED : verdict), reason: `${robot}_${text}` };
}
