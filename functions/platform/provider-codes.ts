import type { Texts } from "../core/explain/explain-recipient.ts";
import type { ProviderName } from "../core/words.ts";
import { APNS_CODES } from "../providers/apns/codes.ts";
import { FCM_CODES } from "../providers/fcm/codes.ts";
import { HMS_CODES } from "../providers/hms/codes.ts";
import { WEBPUSH_CODES } from "../providers/webpush/codes.ts";

const TABLES: Partial<Record<ProviderName, Record<string, Texts>>> = {
  apns: APNS_CODES,
  fcm: FCM_CODES,
  webpush: WEBPUSH_CODES,
  hms: HMS_CODES,
};

/** What a provider's code means, where its table knows it: by reason first, then by status. */
export function codeTexts(
  provider: ProviderName,
  status: number | undefined,
  reason: string | undefined,
): Texts | undefined {
  const table = TABLES[provider];
  return table?.[reason ?? ""] ?? table?.[`status_${status}`];
}
