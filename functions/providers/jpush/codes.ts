/** What JPush's codes mean, one sentence each. */
export const JPUSH_CODES = {
  unknown_id: {
    en: "JPush does not know the registration id, or has not seen its device for long.",
    zh: "极光不认识该 registration id，或该设备长期不活跃。",
  },
  1011: {
    en: "JPush can reach none of the devices of this request.",
    zh: "没有满足条件的推送目标。",
  },
  1000: { en: "JPush's server failed.", zh: "极光系统内部错误。" },
  1030: { en: "JPush's server was too slow.", zh: "极光内部服务超时。" },
  2002: {
    en: "More requests a minute than JPush takes from this app.",
    zh: "API 调用频率超出该应用的限制。",
  },
  2005: { en: "The app's messages are used up.", zh: "信息发送量超出限制。" },
  1004: {
    en: "JPush refuses the app key or the master secret.",
    zh: "验证失败：AppKey 或 Master Secret 不正确。",
  },
  1008: { en: "The app key is wrong, or belongs to another region.", zh: "AppKey 非法或不属于该区域。" },
  1020: { en: "JPush takes requests over HTTPS only.", zh: "只支持 HTTPS 请求。" },
  2003: { en: "JPush does not let this app use its interface.", zh: "该应用已被限制调用 API。" },
  2004: {
    en: "The sender's address is not on the app's white list at JPush.",
    zh: "发送方 IP 不在极光白名单中。",
  },
  2006: { en: "This is for JPush's VIPs only.", zh: "该功能仅限极光 VIP 用户。" },
  2007: { en: "The app may not use this interface.", zh: "无权调用此接口。" },
  1001: { en: "The request's method is wrong.", zh: "请求方法错误。" },
  1002: { en: "A part of the message is missing.", zh: "缺少必须的参数。" },
  1003: { en: "A part of the message is wrong.", zh: "参数值不合法。" },
  1005: { en: "The message is longer than JPush takes.", zh: "消息体太大。" },
  1009: { en: "The message has a part that JPush does not know.", zh: "推送对象中有不支持的字段。" },
  1012: { en: "The interface no longer exists.", zh: "该接口已被废弃。" },
  status_429: {
    en: "More requests a minute than JPush takes from this app.",
    zh: "API 调用频率超出该应用的限制。",
  },
  sent_apart: {
    en: "JPush refused the request because of other devices in it; this one is sent to again.",
    zh: "极光因其他设备拒绝了整个请求，将重新发送给该设备。",
  },
  payload_too_large: {
    en: "The message is longer than JPush takes: 4,000 bytes for Android, 2,000 for iPhones.",
    zh: "消息过长：Android 限 4000 字节，iOS 限 2000 字节。",
  },
} as const satisfies Record<string, { en: string; zh: string }>;
