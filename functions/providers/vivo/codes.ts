import { codesBetween } from "../vendor/codes-between.ts";

type Texts = { en: string; zh: string };

const WRONG = { en: "A part of the message is wrong.", zh: "消息参数错误。" };
const CREDENTIALS = { en: "The app's credentials are refused by vivo.", zh: "vivo 拒绝了应用的凭据。" };
const TEST_TEXT = {
  en: "The text looks like a test to vivo: only digits, letters or signs, or the word test in Chinese.",
  zh: "标题或内容疑似测试消息（纯数字、字母、符号或含“测试”）。",
};
const USED_UP = {
  en: "The messages of the day are used up; vivo is asked again after midnight in China.",
  zh: "当日消息配额已用完，北京时间零点后再试。",
};
const each = (codes: readonly number[], texts: Texts): Record<string, Texts> =>
  Object.fromEntries(codes.map((code) => [code, texts]));

/** What vivo's codes mean, one sentence each. */
export const VIVO_CODES: Record<string, Texts> = {
  ...each([...codesBetween(10050, 10067), 10095], WRONG),
  ...each([...codesBetween(10150, 10155), 10304, 10305, 10306, 10352, 10353, 10103], WRONG),
  ...each([10043, 10045, 10082, ...codesBetween(10200, 10206)], CREDENTIALS),
  ...each([10085, 10104], TEST_TEXT),
  ...each([10252, 10254], USED_UP),
  0: { en: "The message was taken by vivo.", zh: "vivo 已接收消息。" },
  10000: { en: "The access token has expired, says vivo.", zh: "vivo 提示访问令牌已失效。" },
  10070: { en: `Operations: ${USED_UP.en}`, zh: `运营消息：${USED_UP.zh}` },
  10071: {
    en: "Operations messages go from 7 to 23 o'clock in China alone; this one waits.",
    zh: "运营消息仅在北京时间 7 点至 23 点发送，消息等待中。",
  },
  10072: { en: "More messages a second than vivo takes from this app.", zh: "推送速率超出 vivo 限制。" },
  10073: { en: `System: ${USED_UP.en}`, zh: `系统消息：${USED_UP.zh}` },
  10094: { en: "The access token is not this app's.", zh: "访问令牌与应用不匹配。" },
  10096: { en: "There is no such category.", zh: "category 不存在。" },
  10097: { en: "Category and classification do not go together.", zh: "category 与 classification 不匹配。" },
  10207: { en: "The request's time is wrong, says vivo.", zh: "vivo 提示请求时间戳错误。" },
  10302: {
    en: "The token is unknown: the app was removed or registered again.",
    zh: "vivo 不认识该令牌：应用已卸载或已重新注册。",
  },
  10311: { en: "The device holds the message back.", zh: "设备侧已限制该消息。" },
  user_1: { en: "The token is unknown: the app was removed or registered again.", zh: "vivo 不认识该令牌。" },
  user_2: { en: "The app was removed, or its user unsubscribed.", zh: "应用已卸载或用户已取消订阅。" },
  user_4: {
    en: "The device is no test device, and the message was sent as a test (pushMode 1).",
    zh: "设备不是测试设备，而消息以测试模式（pushMode 1）发送。",
  },
  user_other: {
    en: "The user is not reached; vivo does not say why.",
    zh: "vivo 未触达该用户，未说明原因。",
  },
  status_429: { en: "More messages a second than vivo takes from this app.", zh: "推送速率超出 vivo 限制。" },
  token_endpoint: {
    en: "The token endpoint of vivo did not hand out an access token.",
    zh: "vivo 未返回访问令牌。",
  },
  no_task: { en: "The list's message was taken, but given no id by vivo.", zh: "vivo 未返回群推任务 ID。" },
  payload_too_large: {
    en: "The message's data are longer than 1,024 characters.",
    zh: "消息数据超过 1024 字符。",
  },
  no_data_messages: {
    en: "Notifications are all that vivo has; a message without a text is not sent.",
    zh: "vivo 仅支持通知栏消息，不支持透传。",
  },
};
