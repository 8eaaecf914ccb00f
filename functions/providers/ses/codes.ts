/** What SES's error names mean, one sentence each; our own codes are in snake_case. */
export const SES_CODES = {
  MessageRejected: {
    en: "SES does not take this mail, or does not send to this address.",
    zh: "SES 拒收该邮件，或不向该地址发送。",
  },
  identity_not_verified: {
    en: "The sender's address or domain is not verified in this region, or the account is still in the sandbox.",
    zh: "发件地址或域名在该区域未通过验证，或账号仍处于沙盒模式。",
  },
  sending_suspended: { en: "AWS has suspended the account's mail.", zh: "AWS 已暂停该账号发信。" },
  MailFromDomainNotVerifiedException: {
    en: "The identity's custom MAIL FROM domain has no valid MX record.",
    zh: "身份的自定义 MAIL FROM 域名缺少有效的 MX 记录。",
  },
  FromEmailAddressNotVerifiedException: {
    en: "The sender's address is not verified.",
    zh: "发件地址未通过验证。",
  },
  ConfigurationSetDoesNotExistException: {
    en: "The configuration set does not exist in this region.",
    zh: "该区域不存在此配置集。",
  },
  ConfigurationSetDoesNotExist: {
    en: "The configuration set does not exist in this region.",
    zh: "该区域不存在此配置集。",
  },
  ConfigurationSetSendingPausedException: {
    en: "Sending is paused for the configuration set.",
    zh: "该配置集已暂停发送。",
  },
  AccountSendingPausedException: {
    en: "Sending is paused for the whole account.",
    zh: "整个账号已暂停发送。",
  },
  ProductionAccessNotGrantedException: {
    en: "The account is still in the SES sandbox.",
    zh: "账号仍处于 SES 沙盒模式。",
  },
  AccessDenied: {
    en: "The dispatcher's role may not send as this identity.",
    zh: "调度函数的角色无权以该身份发送。",
  },
  AccessDeniedException: {
    en: "The dispatcher's role may not send as this identity.",
    zh: "调度函数的角色无权以该身份发送。",
  },
  NotAuthorized: {
    en: "The dispatcher's role may not send as this identity.",
    zh: "调度函数的角色无权以该身份发送。",
  },
  InvalidClientTokenId: { en: "AWS does not know the role's access key.", zh: "AWS 无法识别访问密钥。" },
  UnrecognizedClientException: {
    en: "AWS does not know the role's access key.",
    zh: "AWS 无法识别访问密钥。",
  },
  SignatureDoesNotMatch: { en: "AWS refuses the request's signature.", zh: "AWS 拒绝了请求签名。" },
  IncompleteSignature: { en: "AWS refuses the request's signature.", zh: "AWS 拒绝了请求签名。" },
  MissingAuthenticationToken: { en: "AWS got a request without a signature.", zh: "AWS 收到未签名的请求。" },
  OptInRequired: { en: "The account is not signed up for SES.", zh: "账号尚未开通 SES。" },
  InvalidAction: { en: "This endpoint does not know SES's first API.", zh: "该端点不支持 SES 第一版接口。" },
  ExpiredToken: { en: "The role's session had just expired.", zh: "角色会话刚刚过期。" },
  ExpiredTokenException: { en: "The role's session had just expired.", zh: "角色会话刚刚过期。" },
  RequestExpired: { en: "The request came to AWS too late.", zh: "请求到达 AWS 时已过期。" },
  Throttling: {
    en: "More mails a second than the account may send.",
    zh: "发信速率超过账号上限。",
  },
  ThrottlingException: { en: "More mails a second than the account may send.", zh: "发信速率超过账号上限。" },
  TooManyRequestsException: {
    en: "More mails a second than the account may send.",
    zh: "发信速率超过账号上限。",
  },
  LimitExceededException: { en: "A limit of the account is reached.", zh: "已达到账号的某项上限。" },
  daily_quota_exceeded: {
    en: "The account has sent as many mails in 24 hours as it may.",
    zh: "账号 24 小时内的发信量已达配额。",
  },
  InvalidParameterValue: {
    en: "SES finds an address, a header or an attachment wrong.",
    zh: "SES 认为地址、邮件头或附件有误。",
  },
  InvalidParameterCombination: { en: "SES finds the request wrong.", zh: "SES 认为请求有误。" },
  MissingParameter: { en: "SES finds the request wrong.", zh: "SES 认为请求有误。" },
  MalformedQueryString: { en: "SES finds the request wrong.", zh: "SES 认为请求有误。" },
  ValidationError: { en: "SES finds the request wrong.", zh: "SES 认为请求有误。" },
  InternalFailure: { en: "SES failed.", zh: "SES 内部错误。" },
  InternalServerError: { en: "SES failed.", zh: "SES 内部错误。" },
  ServiceUnavailable: { en: "SES is overloaded or not available.", zh: "SES 过载或暂不可用。" },
  RequestTimeout: { en: "SES did not get the whole request in time.", zh: "SES 未能及时收完请求。" },
  CredentialsProviderError: {
    en: "The function could not get its role's credentials.",
    zh: "函数未能取得角色凭证。",
  },
  unreadable_answer: {
    en: "SES answered, but not in a way that can be read.",
    zh: "SES 的应答无法解析。",
  },
  invalid_address: {
    en: "This is not an address that SES can send to.",
    zh: "该地址不是 SES 可发送的地址。",
  },
  attachment_unavailable: {
    en: "An attachment's URL gave no file, or all attachments together have more than 7 MB.",
    zh: "附件链接未返回文件，或附件总大小超过 7 MB。",
  },
  nothing_to_send: {
    en: "The notification has no subject, title, text or attachment.",
    zh: "通知没有主题、标题、正文或附件。",
  },
  payload_too_large: { en: "The whole mail has 10 MB or more.", zh: "整封邮件达到或超过 10 MB。" },
} as const satisfies Record<string, { en: string; zh: string }>;

export type SesCode = keyof typeof SES_CODES;
