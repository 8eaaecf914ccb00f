import type { VendorSettings } from "../core/credentials/vendor-settings.ts";
import { keepReceipt, type ReceiptPorts } from "../core/receipt/receipt.ts";
import {
  type DeadToken,
  type ReportsMessage,
  takeReports,
  type VendorReport,
} from "../core/receipt/vendor-report.ts";
import { tokenStore } from "../storage/token-moves.ts";
import { afterStepPorts } from "./after-step-ports.ts";
import { tableOf } from "./clients.ts";
import { providerCredentials } from "./credentials.ts";
import { log } from "./log.ts";
import { type CountedEvent, countReceipts } from "./receipt-counts.ts";
import { receiptPorts } from "./receipts.ts";
import { removeTokenPorts } from "./token-ports.ts";
import { provedReports } from "./vendor-proofs.ts";

/** Tokens of one message to the judge: SQS takes 1 MiB. */
const JUDGED_AT_ONCE = 300;

/** Does what a vendor's receipts say, as far as they are proved. Taking them again changes nothing. */
export async function takeVendorReceipts(message: ReportsMessage): Promise<void> {
  const { app, provider } = message;
  const proved = await provedReports(message);
  const unproved = message.reports.length - proved.length;
  if (unproved > 0) log.warn("receipts without the proof that is due", { app, provider, reports: unproved });
  const reports = await asConfigured(message, proved);
  const receipts = rememberingPorts(message.receivedAtMs);
  const { judgeLater, countResults } = afterStepPorts();
  const { owners } = tokenStore(tableOf("directory"));
  const { get } = removeTokenPorts();
  await takeReports(
    {
      owners,
      recipient: async (id, user) => (await get(id, user))?.recipient,
      receipt: (id, user, receipt) => keepReceipt(receipts, id, user, receipt),
      count: receipts.count,
      async judge(of, dead, results) {
        if (dead.length === 0) return countResults(of, results);
        for (let next = 0; next < dead.length; next += JUDGED_AT_ONCE) {
          const some = dead
            .slice(next, next + JUDGED_AT_ONCE)
            .map((one) => goneOf(one, message.receivedAtMs));
          await judgeLater(of, some, some.length + (next === 0 ? results - dead.length : 0));
        }
      },
    },
    { ...message, reports },
  );
  const counts = new Map<CountedEvent, number>([["unproved", unproved]]);
  for (const { says } of reports) counts.set(says, (counts.get(says) ?? 0) + 1);
  countReceipts(provider, counts);
}

/** The operator knows better what a code says (`receiptCodes`): vendors change theirs more often than we come out. */
async function asConfigured(
  { app, provider }: ReportsMessage,
  reports: readonly VendorReport[],
): Promise<VendorReport[]> {
  const found = await providerCredentials(app, provider);
  const { receiptCodes = {} }: VendorSettings = "value" in found ? found.value : {};
  return reports.map((report) =>
    Object.hasOwn(receiptCodes, report.code) ? { ...report, says: receiptCodes[report.code]! } : report,
  );
}

/** `sinceMs` decides: whoever registered the token after that keeps it. */
const goneOf = (dead: DeadToken, atMs: number) => ({ ...dead, registeredAtMs: dead.sinceMs, atMs });

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
