import { AppError } from "../core/errors/app-error.ts";
import { Id } from "../core/notification/request.ts";
import { type MailFact, mailFacts } from "../core/receipt/mail-event.ts";
import { takeReceipt } from "../core/receipt/receipt.ts";
import { normalEmail } from "../core/recipient/address.ts";
import { closeAddress } from "../core/recipient/close-address.ts";
import { now } from "./clients.ts";
import { log } from "./log.ts";
import { metric } from "./metrics.ts";
import { receiptPorts } from "./receipts.ts";
import { closeAddressPorts } from "./token-ports.ts";

/** Remembers what SES tells of mails; telling it again changes nothing. */
export async function takeMailEvent(message: unknown): Promise<void> {
  for (const fact of mailFacts(message)) if (isOurs(fact)) await take(fact);
}

/** Tags can be given to any mail of the account: ids that could not be ours lead nowhere. */
const isOurs = ({ app, user }: MailFact): boolean => [app, user].every((id) => Id.safeParse(id).success);

async function take(fact: MailFact): Promise<void> {
  const { app, user } = fact;
  if (fact.kind === "dead") {
    const token = normalEmail(fact.address) ?? "";
    const gone = { user, token, reason: fact.reason, atMs: now() };
    if (!(await closeAddress(closeAddressPorts(), app, "email", gone))) return;
    metric("invalidTokens", 1, { dimensions: { provider: "ses" }, by: [[], ["provider"]] });
    log.info("e-mail address marked as unreachable", { app, reason: fact.reason });
    return;
  }
  if (!Id.safeParse(fact.notification).success) return;
  try {
    // Who opens a mail has not looked into the inbox.
    await takeReceipt({ ...receiptPorts(), markRead: async () => undefined }, app, user, fact);
  } catch (error) {
    // Notifications are forgotten after thirty days, and mails are opened after years.
    if (!(error instanceof AppError && error.code === "not_found")) throw error;
  }
}
