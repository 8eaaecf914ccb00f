import type { SnsCredentials } from "../../core/credentials/sns.ts";
import type { Message } from "../../core/dispatch/provider.ts";
import type { TextOwner } from "../../core/receipt/text-report.ts";

/** A text message, whoever carries it. */
export type Sms = {
  /** E.164. */
  to: string;
  text: string;
  kind: "transactional" | "promotional";
  senderId?: string;
  /** Most that one part may cost. */
  maxPriceUsd?: number;
  /** Whose it is: by these, what is told of it later is joined to the notification and the person. */
  of: TextOwner;
};

/** What all text messages of a notification have in common. */
export function smsCommon(
  { senderId, maxPriceUsd, promotional }: SnsCredentials,
  { category }: Pick<Message, "category">,
): Omit<Sms, "to" | "text" | "of"> {
  return {
    kind: promotional.includes(category) ? "promotional" : "transactional",
    ...(senderId !== undefined && { senderId }),
    ...(maxPriceUsd !== undefined && { maxPriceUsd }),
  };
}
