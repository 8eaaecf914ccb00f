import { AppError } from "../core/errors/app-error.ts";
import { takeReceipt } from "../core/receipt/receipt.ts";
import { textFact } from "../core/receipt/text-event.ts";
import type { TextLogMessage } from "../core/receipt/text-log.ts";
import type { TextOwner, TextWord } from "../core/receipt/text-report.ts";
import { closeAddress } from "../core/recipient/close-address.ts";
import { textOwnerStore } from "../storage/text-owners.ts";
import { now, tableOf } from "./clients.ts";
import { log } from "./log.ts";
import { metric } from "./metrics.ts";
import type { MessageAnswer } from "./queue-handler.ts";
import { countReceipts } from "./receipt-counts.ts";
import { receiptPorts } from "./receipts.ts";
import { closeAddressPorts } from "./token-ports.ts";

/** Remembers what End User Messaging tells of text messages; telling it again changes nothing. */
export async function takeTextEvent(event: unknown): Promise<MessageAnswer> {
  const fact = textFact(event);
  if (fact.kind === "unreadable") return { kind: "refused", why: `an event of a text message: ${fact.why}` };
  if (fact.kind === "word") await take(fact.of, fact.word);
  return { kind: "done" };
}

/** The same of SNS's delivery log. Messages that nobody remembers are others' of the account. */
export async function takeTextLog({ message, word }: TextLogMessage): Promise<MessageAnswer> {
  const owner = await textOwnerStore(tableOf("guard")).of(message, now());
  if (owner !== undefined) await take(owner, word);
  return { kind: "done" };
}

async function take({ app, notification, user }: TextOwner, word: TextWord): Promise<void> {
  countReceipts("sns", new Map([[word.says, 1]]));
  if (word.says === "dead") return close(app, user, word);
  if (word.says !== "delivered") return;
  try {
    await takeReceipt(receiptPorts(), app, user, { notification, event: "delivered" });
  } catch (error) {
    // Notifications are forgotten after thirty days, and a dead letter may be sent back later than that.
    if (!(error instanceof AppError && error.code === "not_found")) throw error;
  }
}

async function close(app: string, user: string, dead: Extract<TextWord, { says: "dead" }>): Promise<void> {
  const gone = { user, token: dead.number, reason: dead.reason, atMs: now() };
  if (!(await closeAddress(closeAddressPorts(), app, "sms", gone))) return;
  metric("invalidTokens", 1, { dimensions: { provider: "sns" }, by: [[], ["provider"]] });
  log.info("phone number marked as unreachable", { app, reason: dead.reason });
}
