/** What push services' statuses and reasons mean, one sentence each; our own codes are in snake_case. */
export const WEBPUSH_CODES = {
  BadJwtToken: { en: "The VAPID token is wrong or over.", zh: "VAPID 令牌错误或已过期。" },
  BadTtl: { en: "The TTL header is wrong.", zh: "TTL 请求头错误。" },
  BadUrgency: { en: "The Urgency header is wrong.", zh: "Urgency 请求头错误。" },
  BadWebPushTopic: { en: "The Topic header is wrong.", zh: "Topic 请求头错误。" },
  VapidPkHashMismatch: {
    en: "The subscription was made with another VAPID key.",
    zh: "该订阅使用了其他 VAPID 密钥。",
  },
  status_400: { en: "The push service refuses the request's headers or body.", zh: "推送服务拒绝了请求。" },
  status_401: { en: "The push service refuses the VAPID token.", zh: "推送服务拒绝了 VAPID 令牌。" },
  status_403: {
    en: "The subscription was made with another VAPID key, or the token is wrong.",
    zh: "该订阅使用了其他 VAPID 密钥，或令牌错误。",
  },
  status_404: { en: "The subscription does not exist any more.", zh: "订阅已不存在。" },
  status_410: { en: "The browser has ended the subscription.", zh: "浏览器已取消订阅。" },
  status_413: { en: "The message is too large for the push service.", zh: "消息过大。" },
  status_429: { en: "Too many messages went to this subscription.", zh: "发往该订阅的消息过多。" },
  status_500: { en: "The push service failed.", zh: "推送服务内部错误。" },
  status_502: { en: "The push service failed.", zh: "推送服务内部错误。" },
  status_503: { en: "The push service is not available.", zh: "推送服务暂不可用。" },
  endpoint_refused: {
    en: "The subscription's endpoint is not one of a known push service.",
    zh: "订阅地址不属于已知的推送服务。",
  },
  bad_subscription_keys: { en: "The subscription's keys are not valid.", zh: "订阅的密钥无效。" },
  payload_too_large: { en: "The message is longer than 3,993 bytes.", zh: "消息超过 3993 字节。" },
} as const satisfies Record<string, { en: string; zh: string }>;

export type WebPushCode = keyof typeof WEBPUSH_CODES;
