const WRONG = { en: "A part of the message is wrong.", zh: "消息参数错误。" } as const;
const SERVER = { en: "Xiaomi's server failed.", zh: "小米服务器错误。" } as const;
const CREDENTIALS = { en: "Xiaomi refuses the AppSecret.", zh: "小米拒绝了 AppSecret。" } as const;
const CALLBACK = { en: "The receipt address is wrong.", zh: "回执地址配置错误。" } as const;
const BLOCKED = { en: "Xiaomi has blocked the app.", zh: "应用已被小米列入黑名单。" } as const;
const TOO_FAST = {
  en: "More messages than Xiaomi takes at once from this app.",
  zh: "推送速率超出小米限制。",
} as const;
const USED_UP = {
  en: "The messages of the day are used up; Xiaomi is asked again after midnight in China.",
  zh: "当日消息配额已用完，北京时间零点后再试。",
} as const;
const UNKNOWN_TOKEN = {
  en: "Xiaomi does not know the token: the app was removed, or the phone long offline.",
  zh: "小米不认识该令牌：应用已卸载或设备长期离线。",
} as const;

/** What Xiaomi's codes mean, one sentence each. */
export const MI_CODES = {
  0: { en: "Xiaomi took the message.", zh: "小米已接收消息。" },
  bad_regid: UNKNOWN_TOKEN,
  10029: UNKNOWN_TOKEN,
  66007: UNKNOWN_TOKEN,
  20301: {
    en: "Xiaomi could not send: a token alone is then a bad one.",
    zh: "发送失败：单个令牌时表示令牌无效。",
  },
  10027: TOO_FAST,
  200002: TOO_FAST,
  status_429: TOO_FAST,
  26004: { en: "Too many broadcasts at once.", zh: "广播推送过于频繁。" },
  10034: USED_UP,
  200001: USED_UP,
  "-1": SERVER,
  1: SERVER,
  10001: SERVER,
  10002: SERVER,
  10003: SERVER,
  10037: SERVER,
  20607: SERVER,
  26003: SERVER,
  65029: SERVER,
  21301: CREDENTIALS,
  21302: CREDENTIALS,
  21303: CREDENTIALS,
  21305: { en: "The request came without the AppSecret.", zh: "请求缺少 AppSecret。" },
  22000: { en: "The app may not push.", zh: "应用没有推送权限。" },
  22006: { en: "Xiaomi does not know the app id.", zh: "小米不认识该应用 ID。" },
  22007: { en: "The app's key is wrong.", zh: "应用密钥错误。" },
  22022: { en: "The package name is not this app's.", zh: "包名与应用不符。" },
  10031: BLOCKED,
  10036: BLOCKED,
  26006: { en: "Xiaomi must review the message's channel or app first.", zh: "需先通过小米审核。" },
  27001: {
    en: "The message names no channel of the app's: enter its channel_id in the categories.",
    zh: "消息缺少有效的 channel_id，请在 categories 中配置。",
  },
  10008: WRONG,
  10012: WRONG,
  10016: WRONG,
  10017: WRONG,
  10041: WRONG,
  65009: WRONG,
  65014: WRONG,
  65015: WRONG,
  65036: CALLBACK,
  65037: CALLBACK,
  65038: CALLBACK,
  65003: { en: "The phone is offline, and the message was not kept for it.", zh: "设备离线，消息未缓存。" },
  payload_too_large: { en: "The message's data are longer than 4 KB.", zh: "消息数据超过 4 KB。" },
} as const satisfies Record<string, { en: string; zh: string }>;
