/** What Meizu's codes mean, one sentence each. */
export const MEIZU_CODES = {
  110002: {
    en: "The token is no longer subscribed: the app was removed or messages were switched off.",
    zh: "pushId 已失效：应用已卸载或已关闭消息。",
  },
  110003: { en: "Meizu does not know the token.", zh: "pushId 非法，魅族不认识。" },
  110005: { en: "The alias is not subscribed.", zh: "别名已失效。" },
  switched_off: { en: "The person has switched the app's messages off.", zh: "用户已关闭该应用的推送开关。" },
  110011: {
    en: "The device has had as many messages as Meizu delivers in a day.",
    zh: "该设备当日推送数已达上限。",
  },
  501: { en: "Meizu's database failed.", zh: "魅族数据库错误，推送失败。" },
  513: { en: "Meizu could not push the message.", zh: "魅族推送消息失败。" },
  519: { en: "Meizu's server is overloaded.", zh: "魅族推送服务过载。" },
  520: {
    en: "Folded: more messages to the device in a minute than are shown one by one.",
    zh: "消息被折叠：一分钟内同一设备消息过多。",
  },
  201: { en: "The app may not send to this device.", zh: "没有权限，服务器主动拒绝。" },
  500: { en: "Meizu's server failed.", zh: "魅族服务器其他异常。" },
  1001: { en: "Meizu's server failed.", zh: "魅族系统错误。" },
  1003: { en: "Meizu's server is busy.", zh: "魅族服务器忙。" },
  110010: {
    en: "More requests a second than Meizu takes from this app.",
    zh: "应用推送速率过快。",
  },
  518: { en: "More messages a second than Meizu takes from this app.", zh: "推送速率超出魅族限制。" },
  110019: { en: "The app's messages of the day are used up.", zh: "应用当日推送数已达上限。" },
  110051: { en: "The app's messages of the day are used up.", zh: "应用当日推送数已达上限。" },
  1006: {
    en: "The signature is wrong: the AppSecret is not this app's.",
    zh: "签名认证失败：AppSecret 不正确。",
  },
  110000: { en: "The app id is wrong.", zh: "appId 不合法。" },
  110001: { en: "The app key is wrong.", zh: "appKey 不合法。" },
  110009: { en: "Meizu has put the app on its black list.", zh: "应用已被魅族加入黑名单。" },
  110031: {
    en: "Meizu does not let this app send: see its console.",
    zh: "魅族不允许该应用推送，请查看控制台。",
  },
  110033: {
    en: "Meizu does not let this app send: see its console.",
    zh: "魅族不允许该应用推送，请查看控制台。",
  },
  1005: { en: "A part of the message is wrong.", zh: "参数错误。" },
  110004: { en: "A part of the message is missing.", zh: "参数不能为空。" },
  110053: { en: "Meizu no longer delivers data alone.", zh: "透传消息超过限制。" },
  nothing_to_show: {
    en: "Meizu shows notifications only; this message has no text or is silent.",
    zh: "魅族仅支持通知栏消息，该消息没有文本或为静默消息。",
  },
} as const satisfies Record<string, { en: string; zh: string }>;
