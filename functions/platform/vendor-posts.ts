import { AppError } from "../core/errors/app-error.ts";
import { sha256Hex } from "../core/hash.ts";
import type { ReceiptsOf } from "../core/receipt/receipt-path.ts";
import type { VendorPost } from "../core/receipt/vendor-post.ts";
import type { ReportsMessage, VendorReport } from "../core/receipt/vendor-report.ts";
import type { Receipts } from "../providers/vendor/receipts.ts";
import { log } from "./log.ts";
import { groupOf, sendAll } from "./queues.ts";
import { countReceipts } from "./receipt-counts.ts";
import { RECEIPT_PARSERS } from "./receipt-parsers.ts";
import { receiptsOf } from "./receipt-paths.ts";

/** Four of a batch's messages share SQS's 1 MiB. */
const MESSAGE_BYTES = 200_000;

/**
 * Leaves what a vendor posted to the dispatcher that may read its credentials. What came by a path that is not ours, or
 * cannot be read, ends here: whoever sent it has had its answer.
 */
export async function takePost(post: VendorPost): Promise<void> {
  const of = await receiptsOf(post);
  // Not a word of it: strangers write it.
  if (of === undefined) return log.warn("a post to a path that is nobody's receipts");
  const receipts = parsed(of, post);
  if (receipts === undefined) return countReceipts(of.provider, new Map([["unreadable", 1]]));
  await queueReports(of, post, receipts);
  countReceipts(of.provider, new Map([["unreadable", receipts.skipped]]));
}

function parsed({ app, provider }: ReceiptsOf, { body, headers }: VendorPost): Receipts | undefined {
  try {
    return RECEIPT_PARSERS[provider](body, headers);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    log.warn("a vendor's post is not readable", { app, provider, why: error.message });
    return undefined;
  }
}

async function queueReports(
  of: ReceiptsOf,
  { body, receivedAtMs }: VendorPost,
  { reports, proof }: Receipts,
): Promise<void> {
  const common = {
    v: 2,
    kind: "receipts",
    ...of,
    receivedAtMs,
    post: sha256Hex(body),
    ...(proof && { proof }),
  } as const;
  const messages = inMessages(reports).map((some): ReportsMessage => ({ ...common, reports: some }));
  const group = groupOf(of.app, `receipts-${of.provider}`);
  await sendAll(
    "dispatch-mobilePush-normal",
    messages.map((message) => ({ body: message, group })),
  );
}

function inMessages(reports: readonly VendorReport[]): VendorReport[][] {
  const found: VendorReport[][] = [];
  let bytes = 0;
  for (const report of reports) {
    const size = Buffer.byteLength(JSON.stringify(report)) + 1;
    if (found.length === 0 || bytes + size > MESSAGE_BYTES) {
      found.push([]);
      bytes = 0;
    }
    found.at(-1)!.push(report);
    bytes += size;
  }
  return found;
}
