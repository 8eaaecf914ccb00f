import * as z from "zod/mini";
import { AppError } from "../errors/app-error.ts";
import { parse } from "../errors/parse.ts";
import { AppId, Id } from "../notification/request.ts";
import { E164 } from "../recipient/e164.ts";
import { type DeadNumber, OPTED_OUT, type TextEvent, type TextOwner, type TextWord } from "./text-report.ts";

/** Ours alone (functions/providers/sns/end-user-messaging.ts): what others send by the same set says nothing. */
const Owner = z.object({ app: AppId, notification: Id, user: Id });

/** https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-format.html */
const Told = z.object({
  eventType: z.string().check(z.maxLength(64)),
  isFinal: z.boolean(),
  destinationPhoneNumber: z.optional(z.string().check(z.regex(E164, "must be a number in E.164"))),
  messageStatus: z.optional(z.string().check(z.maxLength(64))),
  messageStatusDescription: z.optional(z.string().check(z.maxLength(1_024))),
});
type Told = z.infer<typeof Told>;

/**
 * https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-types.html. Types that are not here
 * (queued, pending, sent) say nothing yet.
 */
const WORDS = new Map<string, TextEvent>([
  ["TEXT_DELIVERED", "delivered"],
  ["TEXT_SUCCESSFUL", "handedOn"],
  ["TEXT_INVALID", "dead"],
  ["TEXT_BLOCKED", "suppressed"],
  ["TEXT_CARRIER_BLOCKED", "suppressed"],
  ["TEXT_PROTECT_BLOCKED", "suppressed"],
  ["TEXT_SPAM", "suppressed"],
  ["TEXT_CARRIER_UNREACHABLE", "failed"],
  ["TEXT_INVALID_MESSAGE", "failed"],
  ["TEXT_TTL_EXPIRED", "failed"],
  ["TEXT_UNKNOWN", "failed"],
  ["TEXT_UNREACHABLE", "failed"],
]);

/** Events of AWS End User Messaging, those of calls and pictures among them. SES's have no version. */
export const isTextEvent = (message: unknown): boolean =>
  typeof message === "object" && message !== null && "eventType" in message && "eventVersion" in message;

export type TextFact =
  | { kind: "word"; of: TextOwner; word: TextWord }
  /** Not ours, or nothing that has a consequence. */
  | { kind: "nothing" }
  /** Ours, and not in AWS's form: `why` names the member. */
  | { kind: "unreadable"; why: string };

/** What an event says of one of our text messages. */
export function textFact(event: unknown): TextFact {
  const owner = z.safeParse(z.object({ context: Owner }), event);
  if (!owner.success) return NOTHING;
  try {
    const told = parse(Told, event);
    const says = WORDS.get(told.eventType);
    return says === undefined ? NOTHING : { kind: "word", of: owner.data.context, word: wordOf(says, told) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { kind: "unreadable", why: error.message };
  }
}

const NOTHING: TextFact = { kind: "nothing" };

/** @throws AppError invalid_request: a dead number, and the event does not say which */
function wordOf(says: TextEvent, told: Told): TextWord {
  const reason = deadReason(says, told);
  // A status that is not the last one closes no number.
  if (reason === undefined || !told.isFinal) return { says: says === "dead" ? "failed" : says };
  const { destinationPhoneNumber: number } = told;
  if (number !== undefined) return { says: "dead", number, reason };
  throw new AppError("invalid_request", "/destinationPhoneNumber: must be there where a number is dead");
}

/** An opted-out number has no type of its own: what blocks or fails may say so in its status. */
function deadReason(says: TextEvent, told: Told): DeadNumber | undefined {
  if (says === "delivered" || says === "handedOn") return undefined;
  const { messageStatus = "", messageStatusDescription = "" } = told;
  if (OPTED_OUT.test(messageStatus) || OPTED_OUT.test(messageStatusDescription)) return "opted_out";
  return says === "dead" ? "invalid_number" : undefined;
}
