import type { SesCredentials } from "../../core/credentials/ses.ts";
import type { Message, Target } from "../../core/dispatch/provider.ts";
import type { Content } from "../../core/notification/content.ts";
import { normalEmail } from "../../core/recipient/address.ts";
import { plainHtml } from "./html.ts";

/** Of the first API, the encoding of attachments included. */
export const SES_LIMIT_BYTES = 10 * 1024 * 1024;

export type Mailbox = { name: string; address: string };

/** A mail without what differs from person to person. */
export type Mail = {
  from: Mailbox;
  replyTo?: string;
  subject: string;
  text?: string;
  html?: string;
  notificationId: string;
};

/** What differs. */
export type Personal = { to: string; messageId: string; unsubscribe?: string | undefined };

/** One line of a header: no line break, nor anything else that is not a character to see. */
export const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .trim();

/** Text as mail has it: no control characters but tabs, and CR LF at the ends of lines. */
const manyLines = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?|\n/g, "\n")
    .replace(/(?![\t\n])\p{Cc}/gu, "")
    .replaceAll("\n", "\r\n");

/** Whether there is anything that a mail could say: texts named by key alone are known to apps only. */
export const saysSomething = ({ title, body, email = {} }: Content): boolean =>
  [title, body, email.subject, email.text, email.html, email.attachments].some((part) => part !== undefined);

export function sesMail(message: Message, credentials: SesCredentials): Mail {
  const { content, notificationId } = message;
  const { email = {} } = content;
  const from = addressIn(credentials.from);
  const replyTo = email.replyTo ?? credentials.replyTo;
  return {
    from: { name: oneLine(credentials.fromName ?? ""), address: from },
    ...(replyTo !== undefined && { replyTo: addressIn(replyTo) }),
    subject: oneLine(email.subject ?? content.title ?? [...(content.body ?? "")].slice(0, 78).join("")),
    ...bodies(content),
    notificationId: oneLine(notificationId),
  };
}

/** A checked address in the spelling that mail takes. @throws Error: it was never checked */
function addressIn(text: string): string {
  const address = normalEmail(text);
  if (address === undefined) throw new Error("the credentials or the content hold no e-mail address");
  return address;
}

function bodies({ title = "", body, url, image, email = {} }: Content): Pick<Mail, "text" | "html"> {
  const text = manyLines(email.text ?? [body ?? title, url].filter(Boolean).join("\n\n"));
  if (email.html !== undefined) return { ...(text && { text }), html: manyLines(email.html) };
  if (email.text !== undefined) return { text };
  const shown = { title: oneLine(title), body: body && manyLines(body), image, url };
  return { text, html: plainHtml(shown) };
}

/** The address, as SES takes it, and the ids of one person's mail; undefined: this is no address. */
export function personal(target: Target, { address }: Mailbox): Omit<Personal, "unsubscribe"> | undefined {
  const to = normalEmail(target.token);
  if (to === undefined) return undefined;
  const domain = address.slice(address.lastIndexOf("@") + 1);
  return { to, messageId: `<${target.messageId}@${domain}>` };
}

/** Whether people can switch the mail off with one click (RFC 8058): all but what they do themselves brings about. */
export const canUnsubscribe = ({
  category,
  unsubscribe,
}: Pick<Message, "category" | "unsubscribe">): boolean => unsubscribe ?? category !== "transactional";

/** SES takes letters, digits, `_` and `-` alone; ids may hold more, so they travel in base64url. */
const tagged = (id: string): string => Buffer.from(id).toString("base64url");

/** By these an event of SES (a bounce, a complaint) is joined to the notification and the person. */
export const messageTags = ({ app, notificationId }: Message, { user }: Target) => [
  { Name: "app", Value: app },
  { Name: "notification", Value: tagged(notificationId) },
  { Name: "user", Value: tagged(user) },
];
