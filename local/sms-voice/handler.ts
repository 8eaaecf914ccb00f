import { AwsError } from "../door/aws-error.ts";
import { jsonProtocol } from "../door/json-protocol.ts";
import { principalName } from "../door/principal.ts";
import type { ServiceHandler } from "../door/service.ts";
import type { Input, Place } from "../iam/demand.ts";
import { textOf } from "../iam/demand.ts";
import { smsVoiceDemands } from "../iam/sms-voice-demands.ts";
import type { Meter } from "../meter/meter.ts";
import type { Sms, Sns, Text } from "../sns/sns.ts";

const OPERATION = "SendTextMessage";
const TYPES = ["PROMOTIONAL", "TRANSACTIONAL"];
/** The pattern of MaxPrice in the service's model. */
const PRICE = /^[0-9]{0,2}\.[0-9]{1,5}$/;

/** AWS End User Messaging, as far as it sends text messages; they reach the same phones as SNS's. */
export function smsVoiceHandler({
  sns,
  place,
  meter,
}: {
  sns: Sns;
  place: Place;
  meter: Meter;
}): ServiceHandler {
  return {
    protocol: jsonProtocol({
      version: "1.0",
      target: "PinpointSMSVoiceV2",
      namespace: "com.amazonaws.pinpointsmsvoicev2",
    }),
    deniedCode: "AccessDeniedException",
    demands(operation, input) {
      if (operation !== OPERATION)
        throw new AwsError("UnknownOperationException", `sms-voice:${operation} is not served locally.`);
      return smsVoiceDemands(place, operation, input);
    },
    run: (call) => {
      const by = { principal: principalName(call.principal) };
      return sns.deliver(call, textMessage(call.input), (parts) => meter.add("sns.sms", parts, by));
    },
  };
}

function textMessage(input: Input): Text {
  const sms: Omit<Sms, "parts"> = {
    body: textOf(input, "MessageBody"),
    senderId: textOf(input, "OriginationIdentity"),
    type: textOf(input, "MessageType") === "PROMOTIONAL" ? "Promotional" : "Transactional",
    ...(textOf(input, "MaxPrice") && { maxPrice: Number(textOf(input, "MaxPrice")) }),
  };
  const set = textOf(input, "ConfigurationSetName");
  return {
    to: textOf(input, "DestinationPhoneNumber"),
    sms,
    refusal: judge(input),
    optedOut: OPTED_OUT,
    dryRun: input["DryRun"] === true,
    ...(set && { set: { name: set, context: contextOf(input) } }),
  };
}

const contextOf = (input: Input): Record<string, string> =>
  (input["Context"] ?? {}) as Record<string, string>;

const invalid = (field: string, message: string) =>
  new AwsError("ValidationException", message, 400, {
    Reason: "INVALID_PARAMETER",
    Fields: [{ Name: field, Message: message }],
  });

/** Unlike SNS it says so. */
const OPTED_OUT = new AwsError("ConflictException", "The destination phone number is opted out", 400, {
  Reason: "DESTINATION_PHONE_NUMBER_OPTED_OUT",
});

function judge(input: Input): AwsError | undefined {
  const [to, from, body] = ["DestinationPhoneNumber", "OriginationIdentity", "MessageBody"].map((member) =>
    textOf(input, member),
  ) as [string, string, string];
  if (!/^\+?[1-9][0-9]{1,18}$/.test(to)) return invalid("DestinationPhoneNumber", "Invalid phone number");
  if (!/^[A-Za-z0-9_:/+-]{1,256}$/.test(from)) return invalid("OriginationIdentity", "Invalid identity");
  if (body === "" || [...body].length > 1_600)
    return invalid("MessageBody", "Must have 1 to 1600 characters");
  if (!TYPES.includes(textOf(input, "MessageType"))) return invalid("MessageType", "Unknown message type");
  const price = textOf(input, "MaxPrice");
  if (price !== "" && !PRICE.test(price)) return invalid("MaxPrice", "Invalid price");
  const set = textOf(input, "ConfigurationSetName");
  if (set !== "" && !/^[A-Za-z0-9_:/-]{1,256}$/.test(set))
    return invalid("ConfigurationSetName", "Invalid configuration set");
  return judgeContext(contextOf(input));
}

/** ContextMap, ContextKey and ContextValue of the service's model. */
function judgeContext(context: Record<string, string>): AwsError | undefined {
  const entries = Object.entries(context);
  const fits = ([key, value]: [string, string]) =>
    /^\S{1,100}$/.test(key) && /^(?!\s)[\s\S]{1,800}(?<!\s)$/.test(value);
  if (entries.length <= 5 && entries.every(fits)) return undefined;
  return invalid("Context", "Must have at most 5 entries, keys of 100 and values of 800 characters");
}
