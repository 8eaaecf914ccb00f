const CREDENTIALS = { en: "OPPO refuses the app's credentials.", zh: "OPPO 拒绝了应用的凭据。" } as const;
const REQUEST = {
  en: "OPPO does not take the request as it was made.",
  zh: "OPPO 不接受该请求的方法或版本。",
} as const;
const TOKEN = {
  en: "OPPO says that the access token has expired.",
  zh: "OPPO 提示访问令牌已失效。",
} as const;
const TOO_FAST = {
  en: "More messages than OPPO takes at once from this app.",
  zh: "推送速率超出 OPPO 限制。",
} as const;
const CLOCK = { en: "OPPO finds the request's time wrong.", zh: "OPPO 提示请求时间戳错误。" } as const;
const RIGHT = { en: "The app has no right to this at OPPO.", zh: "应用没有相应的 OPPO 权限。" } as const;
const WRONG = { en: "A part of the message is wrong.", zh: "消息参数错误。" } as const;
const USED_UP = {
  en: "The messages of the day are used up; OPPO is asked again after midnight in China.",
  zh: "当日消息配额已用完，北京时间零点后再试。",
} as const;

/** What OPPO's codes mean, one sentence each. */
export const OPPO_CODES = {
  0: { en: "OPPO took the message.", zh: "OPPO 已接收消息。" },
  10000: {
    en: "OPPO does not know the token: the app was removed or registered again.",
    zh: "OPPO 不认识该令牌：应用已卸载或已重新注册。",
  },
  no_result: { en: "OPPO did not say what became of this token.", zh: "OPPO 未说明该令牌的处理结果。" },
  "-1": { en: "OPPO's service is not available.", zh: "OPPO 服务不可用。" },
  "-2": TOO_FAST,
  11: TOKEN,
  12: RIGHT,
  13: TOO_FAST,
  14: CREDENTIALS,
  15: CREDENTIALS,
  16: CREDENTIALS,
  17: CREDENTIALS,
  18: CLOCK,
  19: CLOCK,
  20: REQUEST,
  21: REQUEST,
  22: REQUEST,
  23: REQUEST,
  24: REQUEST,
  25: WRONG,
  26: { en: "OPPO refuses the sender's IP address.", zh: "OPPO 拒绝了发送方 IP。" },
  27: RIGHT,
  28: RIGHT,
  29: TOKEN,
  30: RIGHT,
  31: WRONG,
  32: WRONG,
  33: USED_UP,
  34: WRONG,
  40: WRONG,
  41: WRONG,
  42: USED_UP,
  51: WRONG,
  55: TOO_FAST,
  59: RIGHT,
  67: {
    en: "Category and notify_level do not go together, or were not granted.",
    zh: "category 与 notify_level 不匹配或未获授权。",
  },
  status_429: TOO_FAST,
  token_endpoint: {
    en: "OPPO's token server did not hand out an access token.",
    zh: "OPPO 令牌服务器未返回访问令牌。",
  },
  payload_too_large: {
    en: "The message's data are longer than 4,000 characters.",
    zh: "消息数据超过 4000 字符。",
  },
  no_data_messages: {
    en: "OPPO shows notifications and takes no messages without a text.",
    zh: "OPPO 仅支持通知栏消息，不支持透传。",
  },
} as const satisfies Record<string, { en: string; zh: string }>;
