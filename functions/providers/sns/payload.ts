import type { SnsCredentials } from "../../core/credentials/sns.ts";
import type { Message } from "../../core/dispatch/provider.ts";
import type { Content } from "../../core/notification/content.ts";

/** Characters that SNS takes in one request (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html). */
export const SMS_LIMIT_CHARACTERS = 1_600;

/** A text message, whoever carries it. */
export type Sms = {
  /** E.164. */
  to: string;
  text: string;
  kind: "transactional" | "promotional";
  senderId?: string;
  /** Most that one part may cost. */
  maxPriceUsd?: number;
};

/** What a notification says in a text message; undefined: nothing. */
export function smsText({ sms, title, body, url }: Content): string | undefined {
  if (sms?.body !== undefined) return sms.body;
  const said = [title, body].filter((part) => part !== undefined);
  return said.length === 0 ? undefined : [...said, ...(url === undefined ? [] : [url])].join("\n");
}

/** What all text messages of a notification have in common. */
export function smsCommon(
  { senderId, maxPriceUsd, promotional }: SnsCredentials,
  { category }: Pick<Message, "category">,
): Omit<Sms, "to" | "text"> {
  return {
    kind: promotional.includes(category) ? "promotional" : "transactional",
    ...(senderId !== undefined && { senderId }),
    ...(maxPriceUsd !== undefined && { maxPriceUsd }),
  };
}
