import type { VendorSettings } from "../core/credentials/vendor-settings.ts";
import { sha256Hex } from "../core/hash.ts";
import { keepReceipt, type ReceiptPorts } from "../core/receipt/receipt.ts";
import {
  type DeadToken,
  type ReportsMessage,
  takeReports,
  type VendorReport,
} from "../core/receipt/vendor-report.ts";
import { tokenStore } from "../storage/token-moves.ts";
import { tableOf } from "./clients.ts";
import { providerCredentials } from "./credentials.ts";
import { countResults, judgeOnce } from "./judging-tokens.ts";
import { log } from "./log.ts";
import { type CountedEvent, countReceipts } from "./receipt-counts.ts";
import { receiptPorts } from "./receipts.ts";
import { removeTokenPorts } from "./token-ports.ts";
import { provedReports } from "./vendor-proofs.ts";

/** Does what a vendor's receipts say, as far as they are proved. Taking them again changes nothing. */
export async function takeVendorReceipts(message: ReportsMessage): Promise<void> {
  const { app, provider } = message;
  const proved = await provedReports(message);
  const unproved = message.reports.length - proved.length;
  if (unproved > 0) log.warn("receipts without the proof that is due", { app, provider, reports: unproved });
  const reports = await asConfigured(message, proved);
  const receipts = rememberingPorts(message.receivedAtMs);
  const { owners } = tokenStore(tableOf("directory"));
  const { get } = removeTokenPorts();
  await takeReports(
    {
      owners,
      recipient: async (id, user) => (await get(id, user))?.recipient,
      receipt: (id, { user, sinceMs }, receipt) => keepReceipt(receipts, id, user, receipt, sinceMs),
      count: receipts.count,
      judge: (of, dead, results) =>
        dead.length === 0
          ? countResults(of, results)
          : judgeOnce(of, {
              ...nameOf(message),
              suspects: dead.map((one) => goneOf(one, message.receivedAtMs)),
              results,
            }),
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

/** A post that the vendor repeats has the same reports; a message that is received again is of the same time as well. */
const nameOf = ({ reports, receivedAtMs }: ReportsMessage) => ({
  part: sha256Hex(JSON.stringify(reports)),
  holder: String(receivedAtMs),
});

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
