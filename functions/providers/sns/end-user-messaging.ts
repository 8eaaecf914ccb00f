import { PinpointSMSVoiceV2Client, SendTextMessageCommand } from "@aws-sdk/client-pinpoint-sms-voice-v2";
import type { SnsCredentials } from "../../core/credentials/sns.ts";
import { sentOnce } from "../transport/sdk-calls.ts";
import type { Sms } from "./payload.ts";
import {
  type Refusal,
  type SdkError,
  type SmsTransport,
  sdkTransport,
  withoutException,
} from "./transport.ts";

export type VoiceClient = Pick<PinpointSMSVoiceV2Client, "send">;
type From = Pick<SnsCredentials, "originationIdentity" | "configurationSet"> & {
  /** AWS says what it would say, and sends nothing. */
  dryRun?: boolean;
};

/** The client never repeats: the ledger owns the retries. */
export const voiceClient = (): PinpointSMSVoiceV2Client =>
  sentOnce((options) => new PinpointSMSVoiceV2Client(options));

/** AWS End User Messaging SMS by its SDK. @throws whatever is neither an answer nor a failure of the network: a bug */
export const voiceTransport = (client: VoiceClient, from: From, now: () => number): SmsTransport =>
  sdkTransport(
    now,
    (sms, abortSignal) => client.send(new SendTextMessageCommand(textInput(sms, from)), { abortSignal }),
    refusalOf,
  );

/** https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html */
function textInput({ to, text, kind, maxPriceUsd, of }: Sms, from: From) {
  const { originationIdentity, configurationSet, dryRun } = from;
  return {
    DestinationPhoneNumber: to,
    MessageBody: text,
    MessageType: kind === "promotional" ? ("PROMOTIONAL" as const) : ("TRANSACTIONAL" as const),
    OriginationIdentity: originationIdentity,
    // AWS hands the context back in every event, which are told to configuration sets alone. Ids pass as they are:
    // its values are up to 800 characters that neither begin nor end with a blank.
    ...(configurationSet !== undefined && { ConfigurationSetName: configurationSet, Context: of }),
    ...(dryRun && { DryRun: true }),
    // 2 to 8 places in all, by the API's own pattern.
    ...(maxPriceUsd !== undefined && { MaxPrice: Math.max(0.00001, maxPriceUsd).toFixed(5) }),
  };
}

/** Why it said no, and about which members. */
type Told = SdkError & { Reason?: unknown; Fields?: unknown };

/** Its reasons say more than its codes: those that mean something to us are told as codes of their own. */
function refusalOf({ name, message, Reason, Fields }: Told): Refusal {
  const code = withoutException(name);
  if (typeof Reason !== "string") return { code, message };
  if (Reason === "DESTINATION_PHONE_NUMBER_OPTED_OUT") return { code: "OptedOut", message };
  if (COUNTRY.has(Reason)) return { code: "CountryBlocked", message };
  // Said of the number, it is the number that is wrong: the same words as SNS has for it.
  const isNumber = code === "Validation" && namesOf(Fields).includes("DestinationPhoneNumber");
  return { code, message: isNumber ? `PhoneNumber: ${message}` : message };
}

const COUNTRY = new Set([
  "COUNTRY_NOT_ENABLED",
  "DESTINATION_COUNTRY_BLOCKED",
  "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
  "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
]);

const namesOf = (fields: unknown): unknown[] =>
  Array.isArray(fields) ? fields.map((field: { Name?: unknown } | null) => field?.Name) : [];
