import type { SmsCarrier, SnsCredentials } from "../../core/credentials/sns.ts";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Provider, SendEach } from "../../core/dispatch/provider.ts";
import type { ProviderQuota } from "../../core/dispatch/quota.ts";
import { smsSegments } from "../../core/notification/sms-segments.ts";
import { smsText } from "../../core/notification/sms-text.ts";
import { longestPrefix } from "../../core/policy/sms-prices.ts";
import type { Spend } from "../../core/policy/spend.ts";
import { E164 } from "../../core/recipient/e164.ts";
import { inTime, TokenError } from "../transport/shared-token.ts";
import type { AccountRate } from "./account-rate.ts";
import { smsOutcome } from "./outcome.ts";
import { type Sms, smsCommon } from "./payload.ts";
import { smsTakes } from "./spend.ts";
import type { SmsTransport } from "./transport.ts";

/** More at once than the account sends in a second would only be throttled. */
const CONCURRENCY = 20;
/** What an account begins with: where its quotas cannot be read, and for End User Messaging, whose rate no call tells. */
const MESSAGES_PER_S: Record<SmsCarrier, number> = { sns: 20, endUserMessaging: 1 };
const QUOTA_WINDOW_MS = 10_000;

export type SnsOptions = {
  app: string;
  credentials: SnsCredentials;
  transport: SmsTransport;
  /** What SNS takes from this account; where it is left out, what every account begins with. */
  accountRate?: () => Promise<AccountRate | undefined>;
  /** Of this app alone: its keys do not name it. */
  spend: Spend;
  /** The caps could not be counted, for a reason that is not time. */
  notCounted?(error: unknown): void;
  now(): number;
};

/**
 * Text messages by Amazon SNS or AWS End User Messaging. Every attempt is taken from the caps before it goes out, and nothing is ever given
 * back: a retry counts again even where the first attempt certainly was not sent. Less is sent then, never more.
 */
export function snsProvider(options: SnsOptions): Provider<SendEach> & { close(): void } {
  const { app, credentials, transport, spend, now } = options;

  async function deliver(
    { parts, ...common }: Omit<Sms, "to"> & { parts: number },
    number: string,
    deadlineMs: number,
  ): Promise<Outcome> {
    if (!E164.test(number)) return INVALID_NUMBER;
    const prefix = longestPrefix(number, credentials.countries);
    if (prefix === undefined) return NOT_ALLOWED;
    if (now() >= deadlineMs) return LATE;
    const takes = smsTakes(credentials, { app, number, prefix, parts });
    const asked = takes.map(({ key, amount, cap }) => ({ key, amount, cap }));
    const taken = await inTime(spend.take(asked, now()), deadlineMs).catch(notTaken(options));
    if ("kind" in taken) return taken;
    if (!taken.ok) return { kind: "suppressed", reason: reasonOf(takes, taken.key) };
    return smsOutcome(await transport.publish({ to: number, ...common }, deadlineMs));
  }

  return {
    name: "sns",
    concurrency: CONCURRENCY,
    quota: async () => quotaOf(credentials, await rateOf(options)),
    // The client is the platform's: it outlives a rotation.
    close: () => undefined,
    async prepare(message): Promise<SendEach> {
      const text = smsText(message.content);
      if (text === undefined || text.trim() === "") return async () => NOTHING;
      const common = { text, ...smsCommon(credentials, message) };
      const { parts } = smsSegments(text);
      const { notificationId: notification } = message;
      return ({ token, user }, { deadlineMs }) =>
        deliver({ ...common, parts, of: { app, notification, user } }, token, deadlineMs);
    },
  };
}

/** What the operator names comes first, then what the account tells, of both kinds where the app sends both. */
async function rateOf({ credentials, accountRate }: SnsOptions): Promise<number> {
  const { carrier, messagesPerS, promotional } = credentials;
  const beginning = MESSAGES_PER_S[carrier];
  if (messagesPerS !== undefined) return messagesPerS;
  const told = await accountRate?.();
  const transactional = told?.transactional ?? beginning;
  return promotional.length === 0 ? transactional : Math.min(transactional, told?.promotional ?? beginning);
}

function quotaOf({ carrier }: SnsCredentials, messagesPerS: number): ProviderQuota {
  const sends = Math.max(1, Math.floor((messagesPerS * QUOTA_WINDOW_MS) / 1_000));
  // Each carrier has a rate of its own; apps that name another one than their neighbours are counted apart from them.
  return { sends, windowMs: QUOTA_WINDOW_MS, of: "account", pool: `${carrier}#${sends}` };
}

const INVALID_NUMBER: Outcome = { kind: "rejected", reason: "invalid_number" };
const NOT_ALLOWED: Outcome = { kind: "suppressed", reason: "country_not_allowed" };
const LATE: Outcome = { kind: "retry", reason: "deadline_exceeded" };
const NOT_COUNTED: Outcome = { kind: "retry", reason: "not_counted", unasked: true };
const NOTHING: Outcome = { kind: "rejected", reason: "nothing_to_say" };

/** Nothing has been sent: it is tried again, and counted again. */
const notTaken =
  ({ notCounted }: SnsOptions) =>
  (error: unknown): Outcome => {
    if (error instanceof TokenError) return error.outcome;
    notCounted?.(error);
    return NOT_COUNTED;
  };

/** @throws Error when the spend names a cap that was not asked for: a bug of its own */
function reasonOf(takes: ReturnType<typeof smsTakes>, key: string): string {
  const refused = takes.find((take) => take.key === key);
  if (refused === undefined) throw new Error(`no cap ${key} was asked for`);
  return refused.reason;
}
