import { SendRawEmailCommand } from "@aws-sdk/client-ses";
import type { SesCredentials } from "../../core/credentials/ses.ts";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Message, Provider, SendCall, SendEach, Target } from "../../core/dispatch/provider.ts";
import type { ProviderQuota } from "../../core/dispatch/quota.ts";
import { turnstile } from "../../core/dispatch/turnstile.ts";
import type { OpenSocket } from "../transport/reply.ts";
import { readAttachments } from "./attachments.ts";
import { type Composed, composeMail } from "./mime.ts";
import {
  canUnsubscribe,
  type Mailbox,
  messageTags,
  type Personal,
  personal,
  SES_LIMIT_BYTES,
  saysSomething,
  sesMail,
} from "./payload.ts";
import { type MailClient, sendMail } from "./transport.ts";

const CONCURRENCY = 50;
/** The SDK takes some ten times a mail's size while it sends it: fifty of 10 MB at once would be a gigabyte. */
const BYTES_AT_ONCE = 2 * SES_LIMIT_BYTES;

export type SesOptions = {
  credentials: SesCredentials;
  /** Client of the region the identity is in, made with `maxAttempts: 1`: retries have one owner, the ledger. */
  client: MailClient;
  /** The account's, whichever app sends. */
  quota: () => Promise<ProviderQuota>;
  /** Attachments by URL are fetched through it. */
  open: OpenSocket;
  /** Public address that takes a one-click unsubscribe for this person and category; undefined: there is none. */
  unsubscribeUrl(target: { app: string; user: string; category: string }): string | undefined;
  now(): number;
};

const NOTHING: Outcome = { kind: "rejected", reason: "nothing_to_send" };
const TOO_LARGE: Outcome = { kind: "rejected", reason: "payload_too_large" };
const NO_ADDRESS: Outcome = { kind: "rejected", reason: "invalid_address" };

type Prepared = { message: Message; from: Mailbox; composed: Composed };

/** Amazon SES, its first API: each person's mail is a request of its own, with an outcome of its own. */
export function sesProvider(options: SesOptions): Provider<SendEach> & { close(): void } {
  const { credentials, client, quota, open, unsubscribeUrl, now } = options;
  const closing = new AbortController();
  const room = turnstile(BYTES_AT_ONCE);

  function addressed({ message, from }: Prepared, target: Target): Personal | undefined {
    const own = personal(target, from);
    if (own === undefined || !canUnsubscribe(message)) return own;
    const { app, category } = message;
    return { ...own, unsubscribe: unsubscribeUrl({ app, user: target.user, category }) };
  }

  async function deliver(prepared: Prepared, target: Target, call: SendCall): Promise<Outcome> {
    const own = addressed(prepared, target);
    if (own === undefined) return NO_ADDRESS;
    return room.run(prepared.message.app, prepared.composed.bytes, () => {
      const raw = prepared.composed.rawFor(own);
      if (raw.length >= SES_LIMIT_BYTES) return Promise.resolve(TOO_LARGE);
      return sendMail(client, commandFor(prepared.message, target, { raw, to: own.to }), call);
    });
  }

  const commandFor = (message: Message, target: Target, { raw, to }: { raw: Buffer; to: string }) =>
    new SendRawEmailCommand({
      Destinations: [to],
      RawMessage: { Data: raw },
      Tags: messageTags(message, target),
      ...(credentials.configurationSet && { ConfigurationSetName: credentials.configurationSet }),
    });

  return {
    name: "ses",
    concurrency: CONCURRENCY,
    quota,
    close: () => closing.abort(),
    async prepare(message): Promise<SendEach> {
      if (!saysSomething(message.content)) return async () => NOTHING;
      const { attachments = [] } = message.content.email ?? {};
      const found = await readAttachments(attachments, open, closing.signal);
      if ("outcome" in found) return async () => found.outcome;
      const mail = sesMail(message, credentials);
      const prepared = { message, from: mail.from, composed: await composeMail(mail, found.files, now()) };
      return (target, call) => deliver(prepared, target, call);
    },
  };
}
