import { PublishCommand, type PublishCommandInput, type SNSClient } from "@aws-sdk/client-sns";
import type { Sms } from "./payload.ts";

/** What became of a text message, whoever carries it. */
export type SmsReply =
  | { kind: "sent"; id?: string }
  /** `code` is the carrier's word (`InvalidParameter`), `message` what it says about it. */
  | { kind: "refused"; status: number; code: string; message: string }
  /** It left, and no answer came that could be read: it may have been sent. */
  | { kind: "lost"; reason: string }
  /** It certainly did not leave. `credentials`: this function has none that could sign it. */
  | { kind: "unsent"; reason: string; credentials?: true };

/** Carries text messages: by SNS here, by AWS End User Messaging in its own file. */
export type SmsTransport = {
  /** @param deadlineMs epoch ms: answered or given up by then */
  publish(sms: Sms, deadlineMs: number): Promise<SmsReply>;
};

/** SNS by its SDK. @throws whatever is neither an answer nor a failure of the network: a bug */
export const snsTransport = (client: Pick<SNSClient, "send">, now: () => number): SmsTransport =>
  sdkTransport(now, (sms, abortSignal) =>
    client.send(new PublishCommand(publishInput(sms)), { abortSignal }),
  );

/**
 * Text messages by a client of the SDK.
 * @param refused what the service's own error says, in the words that outcomes are judged by
 */
export function sdkTransport(
  now: () => number,
  send: (sms: Sms, signal: AbortSignal) => Promise<{ MessageId?: string | undefined }>,
  refused: (error: SdkError) => Refusal = ({ name, message }) => ({ code: withoutException(name), message }),
): SmsTransport {
  return {
    async publish(sms, deadlineMs) {
      const leftMs = deadlineMs - now();
      if (leftMs <= 0) return { kind: "unsent", reason: "deadline_exceeded" };
      const abort = new AbortController();
      let timer: NodeJS.Timeout | undefined;
      // The SDK does not look at the signal while it waits for credentials.
      const late = new Promise<SmsReply>((resolve) => {
        timer = setTimeout(() => {
          resolve({ kind: "lost", reason: "deadline_exceeded" });
          abort.abort();
        }, leftMs);
      });
      const sent = send(sms, abort.signal).then(
        ({ MessageId }): SmsReply => ({ kind: "sent", ...(MessageId && { id: MessageId }) }),
        (error: SdkError) => failed(error, refused),
      );
      try {
        return await Promise.race([sent, late]);
      } finally {
        clearTimeout(timer);
        sent.catch(() => undefined); // after the deadline nobody is left to tell
      }
    },
  };
}

export type Refusal = { code: string; message: string };
export const withoutException = (name: string): string => name.replace(/Exception$/, "");

/** https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html */
function publishInput({ to, text, kind, senderId, maxPriceUsd }: Sms): PublishCommandInput {
  const attribute = (DataType: "String" | "Number", StringValue: string) => ({ DataType, StringValue });
  return {
    PhoneNumber: to,
    Message: text,
    MessageAttributes: {
      "AWS.SNS.SMS.SMSType": attribute("String", kind === "promotional" ? "Promotional" : "Transactional"),
      ...(senderId !== undefined && { "AWS.SNS.SMS.SenderID": attribute("String", senderId) }),
      ...(maxPriceUsd !== undefined && {
        "AWS.SNS.SMS.MaxPrice": attribute("Number", decimal(maxPriceUsd)),
      }),
    },
  };
}

/** Never 1e-7, and never nothing: at least a hundred-thousandth of a dollar. */
const decimal = (usd: number): string => String(Number(Math.max(0.00001, usd).toFixed(5)));

export type SdkError = Error & { code?: unknown; $metadata?: { httpStatusCode?: number } };

/** Failures before the first byte: no name, no way, nobody there, or somebody else. */
const NOT_CONNECTED =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+|ERR_TLS_CERT_ALTNAME_INVALID)$/;
/** The SDK's own words where it gave up on connecting (its `connectionTimeout`). */
const NEVER_CONNECTED = /did not establish a connection/;
const CONNECTION_CODE = /^[A-Z][A-Z0-9_]{2,40}$/;

function failed(error: SdkError, refused: (error: SdkError) => Refusal): SmsReply {
  const status = error.$metadata?.httpStatusCode;
  if (status !== undefined && status >= 300) return { kind: "refused", status, ...refused(error) };
  // A status that says yes over a body that nobody can read.
  if (status !== undefined) return { kind: "lost", reason: "unreadable_answer" };
  if (error.name === "CredentialsProviderError")
    return { kind: "unsent", reason: "no_aws_credentials", credentials: true };
  if (error.name === "AbortError") return { kind: "lost", reason: "deadline_exceeded" };
  const code = typeof error.code === "string" && CONNECTION_CODE.test(error.code) ? error.code : undefined;
  if (code !== undefined && NOT_CONNECTED.test(code)) return { kind: "unsent", reason: `connect_${code}` };
  if (NEVER_CONNECTED.test(error.message)) return { kind: "unsent", reason: "connect_timeout" };
  if (code !== undefined || error.name === "TimeoutError")
    return { kind: "lost", reason: code === undefined ? "timeout" : `lost_${code}` };
  throw error;
}
