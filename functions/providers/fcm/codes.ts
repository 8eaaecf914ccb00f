/** What FCM's and Google's error codes mean, one sentence each; our own codes are in snake_case. */
export const FCM_CODES = {
  UNREGISTERED: {
    en: "The app was removed from the device, or its token has expired.",
    zh: "应用已从设备移除，或令牌已失效。",
  },
  NOT_FOUND: {
    en: "Google does not know the project.",
    zh: "谷歌找不到该项目。",
  },
  INVALID_ARGUMENT: {
    en: "FCM refuses the token or a part of the message.",
    zh: "FCM 拒绝了令牌或消息的某个字段。",
  },
  SENDER_ID_MISMATCH: {
    en: "The token belongs to another Firebase project.",
    zh: "该令牌属于另一个 Firebase 项目。",
  },
  QUOTA_EXCEEDED: {
    en: "The project, the device or the topic has used up its rate.",
    zh: "项目、设备或主题的发送频率已达上限。",
  },
  RESOURCE_EXHAUSTED: { en: "The project has used up its quota.", zh: "项目的配额已用尽。" },
  UNAVAILABLE: { en: "FCM is overloaded or not available.", zh: "FCM 过载或暂不可用。" },
  INTERNAL: { en: "FCM's server failed.", zh: "FCM 服务器内部错误。" },
  DEADLINE_EXCEEDED: { en: "FCM did not finish in its own time.", zh: "FCM 处理超时。" },
  THIRD_PARTY_AUTH_ERROR: {
    en: "The project's APNs or Web Push key, kept at Firebase, is wrong or missing.",
    zh: "Firebase 中保存的 APNs 或 Web Push 密钥错误或缺失。",
  },
  PERMISSION_DENIED: {
    en: "The service account may not send for this project.",
    zh: "该服务账号无权为此项目发送消息。",
  },
  UNAUTHENTICATED: { en: "Google refuses the access token.", zh: "谷歌拒绝了访问令牌。" },
  UNSPECIFIED_ERROR: { en: "FCM gives no reason.", zh: "FCM 未说明原因。" },
  invalid_grant: {
    en: "Google refuses the service account's key.",
    zh: "谷歌拒绝了服务账号的密钥。",
  },
  token_endpoint: {
    en: "Google's token endpoint did not hand out an access token.",
    zh: "谷歌令牌接口未返回访问令牌。",
  },
  payload_too_large: { en: "The message is longer than 4,096 bytes.", zh: "消息超过 4096 字节。" },
} as const satisfies Record<string, { en: string; zh: string }>;

export type FcmCode = keyof typeof FCM_CODES;
