import { logHash } from "../core/hash.ts";
import { type ReceiptPorts, takeReceipt } from "../core/receipt/receipt.ts";
import { type DeadToken, type ReportsMessage, takeReports } from "../core/receipt/vendor-report.ts";
import { removeToken } from "../core/recipient/remove-token.ts";
import { tokenStore } from "../storage/token-moves.ts";
import { tableOf } from "./clients.ts";
import { log } from "./log.ts";
import { metric } from "./metrics.ts";
import { type CountedEvent, countReceipts } from "./receipt-counts.ts";
import { receiptPorts } from "./receipts.ts";
import { removeTokenPorts } from "./token-ports.ts";
import { provedReports } from "./vendor-proofs.ts";

/** Does what a vendor's receipts say, as far as they are proved. Taking them again changes nothing. */
export async function takeVendorReceipts(message: ReportsMessage): Promise<void> {
  const { app, provider } = message;
  const reports = await provedReports(message);
  const unproved = message.reports.length - reports.length;
  if (unproved > 0) log.warn("receipts without the proof that is due", { app, provider, reports: unproved });
  const removal = removeTokenPorts();
  const receipts = rememberingPorts(message.receivedAtMs);
  await takeReports(
    {
      owners: tokenStore(tableOf("directory")).owners,
      recipient: async (id, user) => (await removal.get(id, user))?.recipient,
      receipt: (id, user, receipt) => takeReceipt(receipts, id, user, receipt),
      async remove(id, dead) {
        if (await removeToken(removal, id, goneOf(dead, message.receivedAtMs))) tellRemoved(message, dead);
      },
    },
    { ...message, reports },
  );
  const counts = new Map<CountedEvent, number>([["unproved", unproved]]);
  for (const { says } of reports) counts.set(says, (counts.get(says) ?? 0) + 1);
  countReceipts(provider, counts);
}

/** `sinceMs` decides: whoever registered the token after that keeps it. */
const goneOf = (dead: DeadToken, atMs: number) => ({ ...dead, registeredAtMs: dead.sinceMs, atMs });

function tellRemoved({ app, provider }: ReportsMessage, { token, reason }: DeadToken): void {
  metric("invalidTokens", 1, { dimensions: { provider }, by: [[], ["provider"]] });
  log.info("gone token removed", { app, provider, token: logHash(token), reason });
}

/** The receipts of one post are of few notifications: each is read once. */
function rememberingPorts(receivedAtMs: number): ReceiptPorts {
  const ports = receiptPorts();
  const known = new Map<string, ReturnType<ReceiptPorts["get"]>>();
  return {
    ...ports,
    now: () => receivedAtMs,
    get(app, id) {
      const found = known.get(id) ?? ports.get(app, id);
      known.set(id, found);
      return found;
    },
  };
}
