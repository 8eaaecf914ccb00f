import * as z from "zod/mini";
import { normalEmail } from "../recipient/address.ts";
import type { ReceiptEvent } from "./receipt.ts";

/** What an event of SES says of a person's mail; the tags are ours (functions/providers/ses/payload.ts). */
export type MailFact = { app: string; user: string } & (
  | { kind: "dead"; address: string; reason: "bounced" | "complained" }
  | { kind: "receipt"; notification: string; event: ReceiptEvent }
);

const tag = z.array(z.string().check(z.maxLength(256))).check(z.minLength(1));
const mailbox = z.string().check(z.maxLength(320));
const recipients = z.array(z.object({ emailAddress: mailbox })).check(z.maxLength(50));

/** https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html */
const MailEvent = z.object({
  eventType: z.string(),
  mail: z.object({
    tags: z.object({ app: tag, notification: tag, user: tag }),
    /** One, as each mail of ours has; undefined = it cannot be read. */
    destination: z.catch(z.optional(z.tuple([mailbox])), undefined),
  }),
  bounce: z.optional(z.object({ bounceType: z.string(), bouncedRecipients: recipients })),
  complaint: z.optional(
    z.object({ complainedRecipients: recipients, complaintFeedbackType: z.optional(z.unknown()) }),
  ),
});
type MailEvent = z.infer<typeof MailEvent>;

/**
 * What SES publishes, in plain text, whenever a topic is entered as the destination of its events: "Successfully
 * validated SNS topic for Amazon SES event publishing." No page of AWS names it; those who consume its events do.
 */
export const isTopicNotice = (body: string): boolean => body.startsWith("Successfully validated SNS topic");

export const isMailEvent = (message: unknown): boolean =>
  typeof message === "object" && message !== null && "eventType" in message && "mail" in message;

/**
 * What is to be remembered: addresses that bounced for good or complained, mails that were opened or clicked. All else
 * (sent, delivered to a server, delayed) is none of a person's doing. Mails of others in the account say nothing.
 */
export function mailFacts(message: unknown): MailFact[] {
  const parsed = z.safeParse(MailEvent, message);
  if (!parsed.success) return [];
  const event = parsed.data;
  const { app, notification, user } = event.mail.tags;
  const whose = { app: app[0]!, user: untagged(user[0]!) };
  const dead = deadAddresses(event);
  const told = TOLD.get(event.eventType);
  return [
    ...dead.map((one) => ({ ...whose, kind: "dead" as const, ...one })),
    ...(told
      ? [{ ...whose, kind: "receipt" as const, notification: untagged(notification[0]!), event: told }]
      : []),
  ];
}

const TOLD = new Map<string, ReceiptEvent>([
  ["Open", "displayed"],
  ["Click", "clicked"],
]);

function deadAddresses({ eventType, mail, bounce, complaint }: MailEvent) {
  if (eventType === "Bounce" && bounce?.bounceType === "Permanent")
    return addressesOf(mail, bounce.bouncedRecipients).map((address) => ({
      address,
      reason: "bounced" as const,
    }));
  if (eventType === "Complaint" && complaint !== undefined && !isNotSpam(complaint.complaintFeedbackType))
    return addressesOf(mail, complaint.complainedRecipients).map((address) => ({
      address,
      reason: "complained" as const,
    }));
  return [];
}

/**
 * Servers name whom they mean in their own words: in another letter case, or the address that a mail was forwarded to.
 * The mail's own destination is what it was sent to.
 */
function addressesOf({ destination }: MailEvent["mail"], named: z.infer<typeof recipients>): string[] {
  const sentTo = destination && normalEmail(destination[0]);
  if (sentTo !== undefined && named.length > 0) return [sentTo];
  return named.map(({ emailAddress }) => emailAddress);
}

/** Somebody took the mail out of spam. https://www.iana.org/assignments/marf-parameters: in any letter case. */
const isNotSpam = (feedback: unknown): boolean =>
  typeof feedback === "string" && feedback.toLowerCase() === "not-spam";

/** Tags hold ids in base64url, because SES takes fewer characters than ids may have. */
const untagged = (text: string): string => Buffer.from(text, "base64url").toString("utf8");
