import type { Texts } from "../core/explain/explain-recipient.ts";
import type { ProviderName } from "../core/words.ts";
import { APNS_CODES } from "../providers/apns/codes.ts";
import { FCM_CODES } from "../providers/fcm/codes.ts";
import { GETUI_CODES } from "../providers/getui/codes.ts";
import { HMS_CODES } from "../providers/hms/codes.ts";
import { HONOR_CODES } from "../providers/honor/codes.ts";
import { JPUSH_CODES } from "../providers/jpush/codes.ts";
import { MEIZU_CODES } from "../providers/meizu/codes.ts";
import { MI_CODES } from "../providers/mi/codes.ts";
import { OPPO_CODES } from "../providers/oppo/codes.ts";
import { SES_CODES } from "../providers/ses/codes.ts";
import { SNS_CODES } from "../providers/sns/codes.ts";
import { UMENG_CODES } from "../providers/umeng/codes.ts";
import { VIVO_CODES } from "../providers/vivo/codes.ts";
import { WEBHOOK_CODES } from "../providers/webhook/codes.ts";
import { WEBPUSH_CODES } from "../providers/webpush/codes.ts";

const TABLES: Partial<Record<ProviderName, Record<string, Texts>>> = {
  apns: APNS_CODES,
  fcm: FCM_CODES,
  webpush: WEBPUSH_CODES,
  hms: HMS_CODES,
  vivo: VIVO_CODES,
  oppo: OPPO_CODES,
  mi: MI_CODES,
  honor: HONOR_CODES,
  meizu: MEIZU_CODES,
  jpush: JPUSH_CODES,
  getui: GETUI_CODES,
  umeng: UMENG_CODES,
  ses: SES_CODES,
  sns: SNS_CODES,
  webhook: WEBHOOK_CODES,
};

/** What is wrong before a provider is asked. */
const OWN: Record<string, Texts> = {
  channel_not_configured: {
    en: "The app has no credentials for this provider.",
    zh: "应用未配置该服务商的凭证。",
  },
  credentials_unreadable: {
    en: "The app's credentials for this provider cannot be read: they have to be entered again.",
    zh: "无法读取应用在该服务商的凭证，请重新录入。",
  },
  day_budget_unknown: {
    en: "The day's count for this vendor could not be read, so that nothing was sent.",
    zh: "无法读取该厂商的当日计数，因此未发送。",
  },
};

/** What a provider's code means, where its table knows it: by reason first, then by status. */
export function codeTexts(
  provider: ProviderName,
  status: number | undefined,
  reason: string | undefined,
): Texts | undefined {
  const table = TABLES[provider];
  return table?.[reason ?? ""] ?? OWN[reason ?? ""] ?? table?.[`status_${status}`];
}
