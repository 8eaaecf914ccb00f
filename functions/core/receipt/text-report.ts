/** What a carrier may say of a text message after it took it; dimension of a metric. */
export type TextEvent =
  | "delivered"
  /** The phone's carrier has it; whether the phone has, nobody says. */
  | "handedOn"
  /** The number takes nothing: it does not exist, or its owner has opted out. */
  | "dead"
  /** Held back by a filter, a rule or a cap. */
  | "suppressed"
  | "failed";

/** Why a number takes nothing; stands in the profile. */
export type DeadNumber = "invalid_number" | "opted_out";

export type TextWord =
  | { says: Exclude<TextEvent, "dead"> }
  /** `number` in E.164: the message may be older than the person's number. */
  | { says: "dead"; number: string; reason: DeadNumber };

/** Whose message it was. */
export type TextOwner = { app: string; notification: string; user: string };

/** One carrier's words for an opted-out number, in whatever spelling. */
export const OPTED_OUT = /\bopted[ _-]?out\b/i;
