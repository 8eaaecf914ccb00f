/** What the error codes of SNS and of AWS End User Messaging mean, one sentence each; our own codes are in snake_case. */
export const SNS_CODES = {
  OptedOut: { en: "The person has opted out of text messages.", zh: "对方已退订短信。" },
  opted_out: { en: "The person has opted out of text messages.", zh: "对方已退订短信。" },
  InvalidParameter: {
    en: "SNS refuses a part of the message.",
    zh: "SNS 拒绝了消息的某个参数。",
  },
  InvalidParameterValue: {
    en: "SNS refuses a value in the message.",
    zh: "SNS 拒绝了消息的某个参数值。",
  },
  ParameterValueInvalid: {
    en: "SNS refuses a value in the message.",
    zh: "SNS 拒绝了消息的某个参数值。",
  },
  Validation: { en: "SNS refuses the request.", zh: "SNS 拒绝了该请求。" },
  ValidationError: { en: "SNS refuses the request.", zh: "SNS 拒绝了该请求。" },
  invalid_number: { en: "SNS cannot send to this number.", zh: "SNS 无法向该号码发送短信。" },
  CountryBlocked: {
    en: "The account does not send text messages to this country or number.",
    zh: "该账号不向此国家、地区或号码发送短信。",
  },
  Conflict: {
    en: "The number, pool or sender id cannot send this message.",
    zh: "该号码、号码池或发件人 ID 无法发送此消息。",
  },
  ResourceNotFound: {
    en: "The account has no such number, pool, sender id or configuration set.",
    zh: "该账号没有此号码、号码池、发件人 ID 或配置集。",
  },
  not_counted: {
    en: "The caps on messages and dollars could not be counted, so nothing was sent.",
    zh: "条数与金额上限暂时无法计数，因此未发送。",
  },
  ServiceQuotaExceeded: {
    en: "The account's quota for text messages is used up.",
    zh: "该账号的短信配额已用尽。",
  },
  Throttled: { en: "The account sends too fast.", zh: "账号发送过快。" },
  Throttling: { en: "The account sends too fast.", zh: "账号发送过快。" },
  AuthorizationError: {
    en: "The function's role may not publish text messages.",
    zh: "函数角色无权发送短信。",
  },
  AccessDenied: {
    en: "The function's role may not publish text messages.",
    zh: "函数角色无权发送短信。",
  },
  InvalidSecurity: { en: "SNS refuses the request's signature.", zh: "SNS 拒绝了请求签名。" },
  SignatureDoesNotMatch: { en: "SNS refuses the request's signature.", zh: "SNS 拒绝了请求签名。" },
  InvalidClientTokenId: { en: "AWS does not know the access key.", zh: "AWS 无法识别该访问密钥。" },
  UnrecognizedClient: { en: "AWS does not know the access key.", zh: "AWS 无法识别该访问密钥。" },
  ExpiredToken: { en: "The role's session had just expired.", zh: "角色会话刚刚过期。" },
  RequestExpired: {
    en: "The request's time is too far from AWS's clock.",
    zh: "请求时间与 AWS 时钟相差过大。",
  },
  OptInRequired: {
    en: "The AWS account has not been opened for SNS.",
    zh: "该 AWS 账号尚未开通 SNS。",
  },
  InternalError: { en: "SNS failed.", zh: "SNS 内部错误。" },
  InternalServer: { en: "AWS End User Messaging failed.", zh: "AWS End User Messaging 内部错误。" },
  InternalFailure: { en: "SNS failed.", zh: "SNS 内部错误。" },
  ServiceUnavailable: { en: "SNS is not available.", zh: "SNS 暂不可用。" },
  country_not_allowed: {
    en: "The number is under none of the countries that the app writes to.",
    zh: "该号码不在应用允许的国家或地区内。",
  },
  sms_cap_number: {
    en: "The number has had as many text messages as it may have in a day.",
    zh: "该号码当日短信数量已达上限。",
  },
  sms_cap_prefix: {
    en: "The country has had as many text messages as the app allows in a day.",
    zh: "该国家或地区当日短信数量已达上限。",
  },
  sms_cap_usd: {
    en: "The app's budget for text messages of the day is used up.",
    zh: "应用当日短信预算已用尽。",
  },
  nothing_to_say: {
    en: "The notification has no text for a text message.",
    zh: "该通知没有可用于短信的文字。",
  },
  no_aws_credentials: {
    en: "The function found no AWS credentials to sign with.",
    zh: "函数没有可用于签名的 AWS 凭证。",
  },
  unreadable_answer: {
    en: "SNS's answer could not be read; the message may have been sent.",
    zh: "无法解析 SNS 的应答，短信可能已发送。",
  },
} as const satisfies Record<string, { en: string; zh: string }>;

export type SnsCode = keyof typeof SNS_CODES;
