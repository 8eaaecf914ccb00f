import { randomUUID } from "node:crypto";
import { AwsError } from "../door/aws-error.ts";
import type { ServiceCall } from "../door/service.ts";
import type { Faults } from "../fakes/faults.ts";
import { faultyCall } from "../fakes/faulty-call.ts";
import { createLog, type Received } from "../fakes/received.ts";
import { type Input, textOf } from "../iam/demand.ts";
import {
  bareAddress,
  decodeWords,
  type Headers,
  headerOf,
  type Mail,
  readHeaders,
  readMail,
} from "./mime.ts";

/** Limits of an account that has left the sandbox; `MAX_BYTES` is that of the first API, headers and base64 included. */
const MAX_BYTES = 10_485_760;
const MAX_RECIPIENTS = 50;
const DAY_MS = 86_400_000;
const DAILY_QUOTA = 50_000;
const RATE = 14;

/** SES refuses a message that says one of these twice. */
const ONCE = ["from", "to", "subject", "date", "message-id", "reply-to"];
const TAG = /^[A-Za-z0-9_-]{1,256}$/;
const ADDRESS = /^[\x21-\x7e]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+$/i;
/** Enough base64 for the headers of any mail. */
const HEAD_CHARACTERS = 87_380;

export type Ses = {
  /** What was sent or refused, oldest first: an entry for each recipient. */
  mails: Received[];
  latencyMs: number;
  senderOf(input: Input): string;
  /** `accepted` is told how many recipients' mail was taken. */
  sendRawEmail(call: ServiceCall, accepted: (mails: number) => void): Promise<unknown>;
  getSendQuota(): object;
};

const invalid = (text: string) => new AwsError("InvalidParameterValue", text);

const TEXTS: Record<string, string> = {
  Throttling: "Maximum sending rate exceeded.",
  MessageRejected: "Address blacklisted.",
  MailFromDomainNotVerifiedException: "The custom MAIL FROM domain is not verified.",
  ConfigurationSetDoesNotExist: "Configuration set does not exist.",
  AccountSendingPausedException: "Sending paused for this account.",
};

type Raw = { raw: Buffer; mail: Mail; recipients: string[] };

export function createSes({ faults, now }: { faults: Faults; now(): number }): Ses {
  const log = createLog();
  let sent: number[] = [];
  const ses: Ses = { mails: log.entries, latencyMs: 0, senderOf, sendRawEmail, getSendQuota };

  async function sendRawEmail({ input, signal }: ServiceCall, accepted: (mails: number) => void) {
    const read = readInput(input);
    return faultyCall({
      faults,
      name: "ses",
      token: read.recipients[0] ?? "",
      latencyMs: ses.latencyMs,
      signal,
      run(told) {
        const answer = take(input, read, told);
        accepted(read.recipients.length);
        return answer;
      },
      textOf: (code) => TEXTS[code] ?? "as told",
    });
  }

  function take(input: Input, read: Raw, told: AwsError | undefined): { MessageId: string } {
    const refusal = told ?? judge(input, read);
    for (const token of read.recipients) log.add(entryOf(input, read, token, refusal));
    if (refusal) throw refusal;
    for (const _ of read.recipients) sent.push(now());
    return { MessageId: `0100${randomUUID().replaceAll("-", "").slice(0, 12)}-${randomUUID()}-000000` };
  }

  function entryOf(input: Input, { mail }: Raw, token: string, refusal: AwsError | undefined): Received {
    const { text, html, attachments } = mail;
    const shown = (name: string) => decodeWords(headerOf(mail.headers, name) ?? "");
    return {
      atMs: now(),
      token,
      headers: { ...joined(mail.headers), ...besides(input) },
      payload: { subject: shown("subject"), from: shown("from"), to: shown("to"), text, html, attachments },
      status: refusal?.status ?? 200,
      ...(refusal && { reason: refusal.code }),
    };
  }

  function getSendQuota() {
    sent = sent.filter((atMs) => atMs > now() - DAY_MS);
    return { Max24HourSend: DAILY_QUOTA, MaxSendRate: RATE, SentLast24Hours: sent.length };
  }

  return ses;
}

/** The address that a mail says it is from, read from its beginning alone. */
function senderOf(input: Input): string {
  const data = textOf(member(input, "RawMessage"), "Data").slice(0, HEAD_CHARACTERS);
  const from = headerOf(readHeaders(Buffer.from(data, "base64")), "from");
  return bareAddress(textOf(input, "Source") || (from ?? "")).toLowerCase();
}

const member = (input: Input, name: string): Input => {
  const value = input[name];
  return typeof value === "object" && value !== null ? (value as Input) : {};
};
const listOf = (input: Input, name: string): unknown[] => {
  const value = input[name];
  return Array.isArray(value) ? value : [];
};

function readInput(input: Input): Raw {
  const raw = Buffer.from(textOf(member(input, "RawMessage"), "Data"), "base64");
  const mail = readMail(raw);
  const given = listOf(input, "Destinations").map(String);
  const inHeaders = ["to", "cc", "bcc"].flatMap((name) => headerOf(mail.headers, name)?.split(",") ?? []);
  return { raw, mail, recipients: (given.length > 0 ? given : inHeaders).map(bareAddress) };
}

/** What SES refuses when it is asked; what becomes of the mail after that, it tells by events. */
function judge(input: Input, { raw, mail, recipients }: Raw): AwsError | undefined {
  if (raw.length === 0) return new AwsError("ValidationError", "RawMessage.Data must not be empty.");
  if (raw.length > MAX_BYTES)
    return invalid(`Message length is more than ${MAX_BYTES} bytes long: '${raw.length}'.`);
  const twice = ONCE.find((name) => mail.headers.filter(([key]) => key === name).length > 1);
  if (twice) return invalid(`Duplicate header '${twice}'.`);
  if (!ADDRESS.test(senderOf(input))) return invalid("Missing required header 'From'.");
  if (recipients.length === 0) return invalid("Missing required header 'To'.");
  if (recipients.length > MAX_RECIPIENTS) return invalid(`Recipient count exceeds ${MAX_RECIPIENTS}.`);
  const wrong = recipients.find((address) => !ADDRESS.test(address));
  if (wrong !== undefined) return invalid(`Illegal address: ${wrong}`);
  return judgeTags(listOf(input, "Tags"));
}

function judgeTags(tags: unknown[]): AwsError | undefined {
  const fits = (tag: unknown) =>
    TAG.test(textOf(tag as Input, "Name")) && TAG.test(textOf(tag as Input, "Value"));
  if (tags.every(fits)) return undefined;
  return invalid("Invalid tag: only alphanumeric ASCII characters, '_' and '-' are allowed, 256 at most.");
}

const joined = (headers: Headers): Record<string, string> =>
  Object.fromEntries(headers.map(([name, value]) => [name, decodeWords(value)]));

/** What went beside the mail, under the names of the headers that say the same. */
function besides(input: Input): Record<string, string> {
  const set = textOf(input, "ConfigurationSetName");
  const tags = listOf(input, "Tags").map(
    (tag) => `${textOf(tag as Input, "Name")}=${textOf(tag as Input, "Value")}`,
  );
  return {
    ...(set && { "x-ses-configuration-set": set }),
    ...(tags.length > 0 && { "x-ses-message-tags": tags.join(", ") }),
  };
}
