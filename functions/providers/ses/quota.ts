import { GetSendQuotaCommand } from "@aws-sdk/client-ses";
import type { ProviderQuota } from "../../core/dispatch/quota.ts";
import type { MailClient } from "./transport.ts";

const LOOK_MS = 300_000;
/** SES counts by the second and takes short bursts: by ten seconds a job is not cut into pieces. */
const WINDOW_S = 10;

/**
 * The account's own sending rate, read at run time because AWS raises it by itself. Undefined where it cannot be read:
 * then SES's own refusals are the limit.
 */
export function sendQuota(client: MailClient, now: () => number): () => Promise<ProviderQuota | undefined> {
  let known: { atMs: number; quota: Promise<ProviderQuota | undefined> } | undefined;
  return () => {
    if (known === undefined || now() - known.atMs > LOOK_MS) known = { atMs: now(), quota: read(client) };
    return known.quota;
  };
}

async function read(client: MailClient): Promise<ProviderQuota | undefined> {
  try {
    const answer = await client.send(new GetSendQuotaCommand({}));
    const { MaxSendRate: perS = 0, Max24HourSend: perDay = 0, SentLast24Hours: sent = 0 } = answer;
    if (perS <= 0) return undefined;
    // -1: unlimited.
    const isUsedUp = perDay >= 0 && sent >= perDay;
    return {
      sends: isUsedUp ? 0 : Math.max(1, Math.floor(perS * WINDOW_S)),
      windowMs: WINDOW_S * 1000,
      of: "account",
    };
  } catch {
    return undefined; // asked again in five minutes; a wrong right shows with the first mail
  }
}
