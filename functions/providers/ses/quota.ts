import { GetSendQuotaCommand } from "@aws-sdk/client-ses";
import type { ProviderQuota } from "../../core/dispatch/quota.ts";
import { accountLook } from "../transport/account-look.ts";
import type { MailClient } from "./transport.ts";

/** SES counts by the second and takes short bursts: by ten seconds a job is not cut into pieces. */
const WINDOW_S = 10;

/** What every account may send, one mail a second: until its own rate has been read. */
const SMALLEST: ProviderQuota = { sends: WINDOW_S, windowMs: WINDOW_S * 1000, of: "account" };

/** The account's own sending rate; one look for all apps, since SES tells it once a second at most. */
export function sendQuota(client: MailClient, now: () => number): () => Promise<ProviderQuota> {
  const look = accountLook((signal) => read(client, signal), now);
  return async () => (await look()) ?? SMALLEST;
}

async function read(client: MailClient, abortSignal: AbortSignal): Promise<ProviderQuota | undefined> {
  const answer = await client.send(new GetSendQuotaCommand({}), { abortSignal });
  const { MaxSendRate: perS = 0, Max24HourSend: perDay = 0, SentLast24Hours: sent = 0 } = answer;
  if (perS <= 0) return undefined;
  // -1: unlimited.
  const isUsedUp = perDay >= 0 && sent >= perDay;
  return {
    sends: isUsedUp ? 0 : Math.max(1, Math.floor(perS * WINDOW_S)),
    windowMs: WINDOW_S * 1000,
    of: "account",
  };
}
