import type { SesCredentials } from "../../../../functions/core/credentials/ses.ts";
import type { Message } from "../../../../functions/core/dispatch/provider.ts";
import type { File } from "../../../../functions/providers/ses/attachments.ts";
import { composeMail } from "../../../../functions/providers/ses/mime.ts";
import { personal, sesMail } from "../../../../functions/providers/ses/payload.ts";
import { message, target } from "../../../contract/provider-world.ts";

export const CREDENTIALS: SesCredentials = { from: "shop@example.com", fromName: "The Shop" };
export const SENT_AT_MS = Date.UTC(2026, 10, 21, 12, 0, 0);

export type Case = {
  over?: Partial<Message>;
  credentials?: Partial<SesCredentials>;
  files?: File[];
  to?: string;
  unsubscribe?: string;
};

/** One person's raw mail, as it goes to SES. */
export async function rawMail({ over, credentials, files = [], to, unsubscribe }: Case): Promise<Buffer> {
  const mail = sesMail(message(over), { ...CREDENTIALS, ...credentials });
  const own = personal(
    target({ kind: "email", token: to ?? "ann@example.org", messageId: "m-1" }),
    mail.from,
  );
  if (own === undefined) throw new Error("no address");
  return (await composeMail(mail, files, SENT_AT_MS)).rawFor({ ...own, unsubscribe });
}

/** The lines of the top headers, folded ones as they are. */
export const headLines = (raw: Buffer): string[] =>
  raw.toString("latin1").split("\r\n\r\n")[0]!.split("\r\n");
/** The names of the top headers, in small letters and in order. */
export const headNames = (raw: Buffer): string[] =>
  headLines(raw)
    .filter((line) => !/^[ \t]/.test(line))
    .map((line) => line.slice(0, line.indexOf(":")).toLowerCase());
