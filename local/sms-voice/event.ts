import type { Fate } from "../sns/deliveries.ts";
import type { Taken } from "../sns/sns.ts";

/** eventType and AWS's sentence; the status is the type without its beginning. */
const EVENTS: Record<Fate, [type: string, description: string]> = {
  delivered: ["TEXT_DELIVERED", "Message has been accepted by phone"],
  handedOn: ["TEXT_SUCCESSFUL", "Message has been accepted by phone carrier"],
  invalidNumber: ["TEXT_INVALID", "Invalid phone number"],
  optedOut: ["TEXT_BLOCKED", "Phone number is opted out"],
  unreachable: ["TEXT_UNREACHABLE", "Phone is currently unreachable/unavailable"],
};

/** https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-format.html */
export function voiceEvent({ id, to, set, type, parts }: Taken, fate: Fate, atMs: number): object {
  const [eventType, messageStatusDescription] = EVENTS[fate];
  return {
    eventType,
    eventVersion: "1.0",
    eventTimestamp: atMs,
    isFinal: true,
    destinationPhoneNumber: to,
    messageId: id,
    messageRequestTimestamp: atMs,
    messageEncoding: "GSM",
    messageType: type.toUpperCase(),
    messageStatus: eventType.replace("TEXT_", ""),
    messageStatusDescription,
    context: set?.context ?? {},
    totalMessageParts: parts,
    totalMessagePrice: 0,
    totalCarrierFee: 0,
  };
}
