/** Why a recipient, a channel or a target was not sent to. Codes are persisted in plan rows: never renumber. */
export const REASONS = {
  sent: { code: 0, en: "was sent", zh: "已发送" },
  no_such_user: { code: 1, en: "the app has no such user", zh: "应用中没有该用户" },
  no_device: { code: 2, en: "the user has no registered device", zh: "该用户没有已注册的设备" },
  no_active_device: { code: 3, en: "none of the user's devices is active", zh: "该用户没有可用的设备" },
  channel_not_configured: {
    code: 4,
    en: "the app has no credentials for this channel",
    zh: "应用未配置该渠道的凭证",
  },
  platform_excluded: { code: 5, en: "the notification is for other platforms", zh: "该通知面向其他平台" },
  device_inactive: { code: 6, en: "the device has not been seen for 90 days", zh: "设备超过 90 天未活跃" },
  device_unregistered: {
    code: 7,
    en: "the provider said that the device's token is gone",
    zh: "服务商表示该设备的令牌已失效",
  },
  device_removed: {
    code: 8,
    en: "the device was removed before it could be sent to",
    zh: "发送前设备已被移除",
  },
  user_erased: { code: 9, en: "the user was erased before it could be sent to", zh: "发送前用户已被删除" },
  token_moved: {
    code: 10,
    en: "the device's token now belongs to another user",
    zh: "该设备的令牌已属于其他用户",
  },
  not_connected: {
    code: 11,
    en: "the user had no open connection; it arrives on the next connect",
    zh: "用户当时没有连接，下次连接时送达",
  },
  no_such_device: { code: 12, en: "the user has no such device", zh: "该用户没有此设备" },
  no_token_for_channel: {
    code: 13,
    en: "no device of the user can be reached on this channel",
    zh: "该用户没有可用于该渠道的设备",
  },
  joined_later: {
    code: 14,
    en: "the user was created after the notification was accepted",
    zh: "用户创建于通知受理之后",
  },
  expired: { code: 15, en: "its time to live was over", zh: "通知已过期" },
  preference_off: { code: 17, en: "the user has switched this off", zh: "用户已关闭此类通知" },
  no_address: {
    code: 18,
    en: "the user's profile has no address for this channel",
    zh: "该用户的资料中没有此渠道的地址",
  },
  address_unreachable: {
    code: 19,
    en: "the user's address does not take messages any more",
    zh: "该用户的地址已无法接收消息",
  },
  rung_not_needed: {
    code: 20,
    en: "this was not needed, because the user was reached before",
    zh: "此前已送达该用户，无需使用此渠道",
  },
  rung_waits: {
    code: 21,
    en: "this is tried only when the channels before it have failed",
    zh: "仅在前面的渠道失败后才使用此渠道",
  },
  no_other_road: {
    code: 22,
    en: "no other provider reaches the device",
    zh: "没有其他服务商可送达该设备",
  },
  day_budget: {
    code: 23,
    en: "the operator's limit for this vendor and day was used up",
    zh: "运营方为该厂商设定的当日限额已用完",
  },
  cancelled: { code: 16, en: "the notification was cancelled", zh: "通知已取消" },
} as const satisfies Record<string, { code: number; en: string; zh: string }>;

export type Reason = keyof typeof REASONS;

const BY_CODE = new Map<number, Reason>(
  (Object.keys(REASONS) as Reason[]).map((reason) => [REASONS[reason].code, reason]),
);

export const reasonCode = (reason: Reason): number => REASONS[reason].code;

/** @throws Error for a code that this version does not know: the row was written by a newer one */
export function reasonOf(code: number): Reason {
  const reason = BY_CODE.get(code);
  if (reason === undefined) throw new Error(`plan row holds the unknown reason code ${code}`);
  return reason;
}
