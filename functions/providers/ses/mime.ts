import type { File } from "./attachments.ts";
import { type Mail, oneLine, type Personal } from "./payload.ts";

/** A mail whose parts are encoded once; each person's has its own headers before them. */
export type Composed = {
  /** About as long as each person's mail will be. */
  bytes: number;
  rawFor(personal: Personal): Buffer;
};

const END_OF_HEADERS = "\r\n\r\n";

export async function composeMail(mail: Mail, files: readonly File[], atMs: number): Promise<Composed> {
  const { from, replyTo, subject, text, html, notificationId } = mail;
  // A third of the bundle, half of it a table of file types: the first mail of an environment loads it.
  const { default: MailComposer } = await import("nodemailer/lib/mail-composer");
  const root = new MailComposer({
    from,
    ...(replyTo !== undefined && { replyTo: { name: "", address: replyTo } }),
    subject,
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
    attachments: files.map(attached),
    date: new Date(atMs),
    headers: { "X-Clarion-Notification": notificationId },
    // Nothing in a caller's content is a path or an address to read.
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  const whole = await root.build();
  const body = whole.subarray(whole.indexOf(END_OF_HEADERS) + END_OF_HEADERS.length);
  return {
    bytes: whole.length,
    rawFor({ to, messageId, unsubscribe = "" }) {
      root.setHeader("To", { name: "", address: to });
      root.setHeader("Message-ID", messageId);
      // An empty header is left out.
      root.setHeader("List-Unsubscribe", unsubscribe && `<${unsubscribe}>`);
      root.setHeader("List-Unsubscribe-Post", unsubscribe && "List-Unsubscribe=One-Click");
      return Buffer.concat([Buffer.from(root.buildHeaders() + END_OF_HEADERS), body]);
    },
  };
}

/** Parts that are mails or parts themselves would not be encoded: they go as files like others. */
const IS_STRUCTURE = /^(multipart|message)\//i;

function attached({ name, type, content }: File) {
  const contentType = type !== undefined && IS_STRUCTURE.test(type) ? "application/octet-stream" : type;
  return {
    filename: oneLine(name).replace(/[/\\]/g, "_") || "attachment",
    ...(contentType !== undefined && { contentType }),
    content,
    contentDisposition: "attachment",
    contentTransferEncoding: "base64",
  };
}
