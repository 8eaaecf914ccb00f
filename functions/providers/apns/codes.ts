/** What Apple's reason codes mean, one sentence each; our own codes are in snake_case. */
export const APNS_CODES = {
  BadCollapseId: { en: "The collapse id is longer than 64 bytes.", zh: "折叠标识超过 64 字节。" },
  BadDeviceToken: {
    en: "The device token is wrong, or belongs to the other environment.",
    zh: "设备令牌错误，或属于另一环境。",
  },
  BadExpirationDate: { en: "The expiration time is not valid.", zh: "过期时间无效。" },
  BadMessageId: { en: "The message id is not a UUID.", zh: "消息标识不是 UUID。" },
  BadPriority: { en: "The priority does not suit the push type.", zh: "优先级与推送类型不符。" },
  BadTopic: { en: "The topic (bundle id) is not valid.", zh: "主题（Bundle ID）无效。" },
  DeviceTokenNotForTopic: {
    en: "The device token belongs to another app than the bundle id names.",
    zh: "设备令牌不属于该 Bundle ID 对应的应用。",
  },
  DuplicateHeaders: { en: "A header was sent twice.", zh: "请求头重复。" },
  IdleTimeout: { en: "The connection was idle for too long.", zh: "连接空闲超时。" },
  InvalidPushType: { en: "The push type is not valid.", zh: "推送类型无效。" },
  MissingDeviceToken: { en: "The request names no device token.", zh: "请求缺少设备令牌。" },
  MissingTopic: { en: "The request names no topic (bundle id).", zh: "请求缺少主题（Bundle ID）。" },
  PayloadEmpty: { en: "The payload is empty.", zh: "消息内容为空。" },
  TopicDisallowed: { en: "The key may not push to this topic.", zh: "该密钥无权推送到此主题。" },
  BadCertificate: { en: "The certificate is not valid.", zh: "证书无效。" },
  BadCertificateEnvironment: {
    en: "The certificate is for the other environment.",
    zh: "证书属于另一环境。",
  },
  ExpiredProviderToken: { en: "The provider token is older than an hour.", zh: "提供方令牌已超过一小时。" },
  Forbidden: { en: "The action is not allowed.", zh: "该操作不被允许。" },
  InvalidProviderToken: {
    en: "The provider token's signature, key id or team id is wrong.",
    zh: "提供方令牌的签名、密钥 ID 或团队 ID 错误。",
  },
  MissingProviderToken: { en: "The request carries no provider token.", zh: "请求缺少提供方令牌。" },
  UnrelatedKeyIdInToken: {
    en: "The key is not related to the one this connection began with.",
    zh: "该密钥与此连接最初使用的密钥无关。",
  },
  BadEnvironmentKeyIdInToken: { en: "The key is for the other environment.", zh: "密钥属于另一环境。" },
  BadEnvironmentKeyInToken: { en: "The key is for the other environment.", zh: "密钥属于另一环境。" },
  BadPath: { en: "The request's path is not valid.", zh: "请求路径无效。" },
  MethodNotAllowed: { en: "The request's method is not POST.", zh: "请求方法不是 POST。" },
  ExpiredToken: { en: "The device token has expired.", zh: "设备令牌已过期。" },
  Unregistered: {
    en: "The app was removed from the device, or its token was replaced.",
    zh: "应用已从设备移除，或令牌已更换。",
  },
  PayloadTooLarge: { en: "The payload is longer than Apple allows.", zh: "消息内容超过苹果允许的长度。" },
  TooManyProviderTokenUpdates: {
    en: "The provider token was renewed more than once in 20 minutes.",
    zh: "提供方令牌在 20 分钟内更新过于频繁。",
  },
  TooManyRequests: {
    en: "Too many notifications went to this device in a row.",
    zh: "短时间内发往该设备的通知过多。",
  },
  FeatureNotEnabled: {
    en: "The app's identifier has no broadcast capability at Apple.",
    zh: "该应用标识未在苹果开启广播功能。",
  },
  MissingChannelId: { en: "The request names no broadcast channel.", zh: "请求缺少广播频道标识。" },
  BadChannelId: { en: "The broadcast channel's id is not valid.", zh: "广播频道标识无效。" },
  ChannelNotRegistered: {
    en: "There is no such broadcast channel in this app and environment.",
    zh: "该应用与环境中没有此广播频道。",
  },
  MissingPushType: { en: "The request names no push type.", zh: "请求缺少推送类型。" },
  TopicMismatch: { en: "The key may not push to this bundle id.", zh: "该密钥无权使用此 Bundle ID。" },
  BadRequestParams: { en: "Apple does not know a field of the request.", zh: "请求包含未知字段。" },
  BadRequestPayload: { en: "Apple cannot read the request.", zh: "请求内容无法解析。" },
  CannotCreateChannelConfig: {
    en: "The app has as many broadcast channels as Apple allows.",
    zh: "该应用的广播频道数量已达上限。",
  },
  InternalServerError: { en: "Apple's server failed.", zh: "苹果服务器内部错误。" },
  ServiceUnavailable: { en: "Apple's service is not available.", zh: "苹果服务暂不可用。" },
  Shutdown: { en: "Apple's server is shutting down.", zh: "苹果服务器正在关闭。" },
  payload_too_large: { en: "The payload is longer than Apple allows.", zh: "消息内容超过苹果允许的长度。" },
} as const satisfies Record<string, { en: string; zh: string }>;

export type ApnsCode = keyof typeof APNS_CODES;
