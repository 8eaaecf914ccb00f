import { randomUUID } from "node:crypto";
import { AwsError } from "../door/aws-error.ts";
import type { ServiceCall } from "../door/service.ts";
import type { Faults } from "../fakes/faults.ts";
import { faultyCall } from "../fakes/faulty-call.ts";
import { createLog, type Received } from "../fakes/received.ts";
import { type Input, textOf } from "../iam/demand.ts";
import { smsParts } from "./parts.ts";

const E164 = /^\+[1-9]\d{6,14}$/;
const MAX_CHARACTERS = 1_600;
const SENDER_ID = /^(?=.*[A-Za-z])[A-Za-z0-9-]{1,11}$/;
const TYPES = ["Promotional", "Transactional"];
const DEFAULT_TYPE = "Promotional";
const PREFIX = "AWS.SNS.SMS.";

/** What a phone gets, as far as SNS is told. */
export type Sms = { body: string; senderId?: string; type: string; maxPrice?: number; parts: number };

/** A text message as a service was given it. */
export type Text = {
  to: string;
  sms: Omit<Sms, "parts">;
  /** What is wrong with it. */
  refusal: AwsError | undefined;
  /** What the service answers for a number that has opted out; undefined: it says yes and sends nothing. */
  optedOut?: AwsError;
  /** It is judged, and that is all. */
  dryRun?: boolean;
  /** End User Messaging: whom its events are told to, and what stands in them. */
  set?: { name: string; context: Record<string, string> };
};

/** A message that a service took: what becomes of it is told later. */
export type Taken = Pick<Text, "to" | "set"> &
  Pick<Sms, "type" | "parts"> & { id: string; optedOut: boolean };

export type Sns = {
  /** What was published or refused, oldest first. To an opted-out number SNS says yes and sends nothing. */
  messages: Received[];
  latencyMs: number;
  /** Messages a second that the account may send, as its quotas tell; nobody is refused for more. */
  readonly messagesPerS: { transactional: number; promotional: number };
  /** Who tells of deliveries listens here. */
  onTaken(listener: (taken: Taken) => void): void;
  /** Of an entry of `messages`; undefined for what was refused. */
  takenOf(entry: Received): Taken | undefined;
  /** As if the person had answered STOP. */
  optOut(number: string): void;
  /** `accepted` is told how many parts the message is that was taken. */
  publish(call: ServiceCall, accepted: (parts: number) => void): Promise<unknown>;
  /** The same for a message of another service to the same phones. */
  deliver(call: ServiceCall, text: Text, accepted: (parts: number) => void): Promise<unknown>;
  isOptedOut(input: Input): object;
  optIn(input: Input): object;
  getSmsAttributes(input: Input): object;
};

const invalid = (text: string) => new AwsError("InvalidParameter", `Invalid parameter: ${text}`);

const TEXTS: Record<string, string> = {
  Throttling: "Rate exceeded",
  Throttled: "Rate exceeded",
  InternalError: "An internal error occurred.",
  AuthorizationError: "Not authorized.",
};

export function createSns({ faults, now }: { faults: Faults; now(): number }): Sns {
  const log = createLog();
  const optedOut = new Set<string>();
  const taken = new WeakMap<Received, Taken>();
  const listeners: ((taken: Taken) => void)[] = [];

  const publish: Sns["publish"] = (call, accepted) =>
    deliver(
      call,
      { to: textOf(call.input, "PhoneNumber"), sms: smsOf(call.input), refusal: judge(call.input) },
      accepted,
    );

  async function deliver({ signal }: ServiceCall, text: Text, accepted: (parts: number) => void) {
    return faultyCall({
      faults,
      name: "sns",
      token: text.to,
      latencyMs: sns.latencyMs,
      signal,
      run(told) {
        const answer = take(text, told);
        if (!text.dryRun) accepted(smsParts(text.sms.body));
        return answer;
      },
      textOf: (code) => TEXTS[code] ?? "as told",
    });
  }

  function take(text: Text, told: AwsError | undefined) {
    const { to, sms, refusal: wrong, optedOut: refused, dryRun = false } = text;
    const hasOptedOut = optedOut.has(to);
    const refusal = told ?? wrong ?? (hasOptedOut ? refused : undefined);
    const reason = refusal?.code ?? (hasOptedOut ? "opted_out" : undefined);
    const entry: Received = {
      atMs: now(),
      token: to,
      headers: {},
      payload: { ...sms, parts: smsParts(sms.body) },
      status: refusal?.status ?? 200,
      ...(reason && { reason }),
    };
    if (!dryRun) log.add(entry);
    if (refusal) throw refusal;
    const id = randomUUID();
    if (!dryRun) tell(entry, takenOf(text, id, hasOptedOut));
    return { MessageId: id };
  }

  function tell(entry: Received, of: Taken): void {
    taken.set(entry, of);
    for (const listener of listeners) listener(of);
  }

  const sns: Sns = {
    messages: log.entries,
    latencyMs: 0,
    messagesPerS: { transactional: 20, promotional: 20 },
    onTaken: (listener) => void listeners.push(listener),
    takenOf: (entry) => taken.get(entry),
    optOut: (number) => void optedOut.add(number),
    publish,
    deliver,
    isOptedOut: (input) => ({ isOptedOut: optedOut.has(numberIn(input)) }),
    optIn(input) {
      optedOut.delete(numberIn(input));
      return {};
    },
    getSmsAttributes,
  };
  return sns;
}

const takenOf = ({ to, sms: { body, type }, set }: Text, id: string, optedOut: boolean): Taken => ({
  id,
  to,
  type,
  parts: smsParts(body),
  optedOut,
  ...(set && { set }),
});

/** The text, its length in parts, and how it is to be sent. */
function smsOf(input: Input): Sms {
  const body = textOf(input, "Message");
  const [senderId, price] = [attribute(input, "SenderID"), attribute(input, "MaxPrice")];
  return {
    body,
    ...(senderId !== undefined && { senderId }),
    type: attribute(input, "SMSType") ?? DEFAULT_TYPE,
    ...(price !== undefined && { maxPrice: Number(price) }),
    parts: smsParts(body),
  };
}

function attribute(input: Input, name: string): string | undefined {
  const attributes = input["MessageAttributes"] as Record<string, Input> | undefined;
  const held = attributes?.[PREFIX + name];
  return held && (textOf(held, "StringValue") || undefined);
}

function numberIn(input: Input): string {
  const number = textOf(input, "phoneNumber");
  if (!E164.test(number)) throw invalid(`phoneNumber Reason: ${number} is not a valid number`);
  return number;
}

function judge(input: Input): AwsError | undefined {
  if (textOf(input, "TopicArn") || textOf(input, "TargetArn"))
    return invalid("the local SNS publishes to phone numbers only");
  const [number, message] = [textOf(input, "PhoneNumber"), textOf(input, "Message")];
  if (!E164.test(number)) return invalid(`PhoneNumber Reason: ${number} is not valid to publish to`);
  if (message === "") return invalid("Empty message");
  if ([...message].length > MAX_CHARACTERS) return invalid("Message too long");
  return judgeAttributes(smsOf(input));
}

function judgeAttributes({ senderId, type, maxPrice }: Sms): AwsError | undefined {
  if (senderId !== undefined && !SENDER_ID.test(senderId))
    return new AwsError("ParameterValueInvalid", `Invalid parameter: ${PREFIX}SenderID`);
  if (!TYPES.includes(type))
    return new AwsError("ParameterValueInvalid", `Invalid parameter: ${PREFIX}SMSType`);
  if (maxPrice !== undefined && !(maxPrice > 0))
    return new AwsError("ParameterValueInvalid", `Invalid parameter: ${PREFIX}MaxPrice`);
  return undefined;
}

const ATTRIBUTES = new Map([
  ["DefaultSMSType", DEFAULT_TYPE],
  ["MonthlySpendLimit", "1"],
]);

function getSmsAttributes(input: Input): object {
  const wanted = Array.isArray(input["attributes"])
    ? (input["attributes"] as string[])
    : [...ATTRIBUTES.keys()];
  return { attributes: new Map([...ATTRIBUTES].filter(([name]) => wanted.includes(name))) };
}
