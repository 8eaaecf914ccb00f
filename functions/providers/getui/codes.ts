/** What Getui's codes mean, one sentence each. */
export const GETUI_CODES = {
  unknown_cid: { en: "Getui does not know the client id.", zh: "个推不认识该 CID。" },
  ignore: {
    en: "The device has not been active for 90 days: Getui sends it nothing.",
    zh: "该设备最近 90 天不活跃，个推不下发。",
  },
  no_result: { en: "Getui said nothing of this device.", zh: "个推未返回该设备的结果。" },
  10001: { en: "Getui refuses the access token or the signature.", zh: "token 或签名无效。" },
  10003: { en: "More access tokens were asked for than Getui hands out.", zh: "鉴权接口调用频率超限。" },
  10005: { en: "More requests than Getui takes from this app.", zh: "接口调用频率超限。" },
  10002: {
    en: "Getui has put the app or the sender's address on its black list.",
    zh: "应用或 IP 已被个推加入黑名单。",
  },
  10004: { en: "The app may not use this interface.", zh: "应用无权调用该接口。" },
  status_403: { en: "The app's plan at Getui does not hold this.", zh: "应用的个推套餐不包含该功能。" },
  301: {
    en: "The app belongs to another domain of Getui's: enter it as `host` beside the app's credentials.",
    zh: "域名错误，应用属于个推的其他域名：请在应用凭据中填写 `host`。",
  },
  2: { en: "Getui's server is starting.", zh: "个推服务正在启动。" },
  1: { en: "The request is wrong.", zh: "请求错误。" },
  404: { en: "The interface does not exist.", zh: "接口不存在。" },
  405: { en: "The request's method is wrong.", zh: "请求方法错误。" },
  20001: { en: "A part of the message is wrong.", zh: "参数不合法。" },
  token_endpoint: { en: "Getui did not hand out an access token.", zh: "个推未返回访问令牌。" },
  sent_apart: {
    en: "Getui refused the request because of other devices in it; this one is sent to again.",
    zh: "个推因其他设备拒绝了整个请求，将重新发送给该设备。",
  },
  payload_too_large: { en: "The data is longer than 3,072 characters.", zh: "数据超过 3072 字符。" },
} as const satisfies Record<string, { en: string; zh: string }>;
