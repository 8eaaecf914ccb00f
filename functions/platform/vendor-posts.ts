import { AppError } from "../core/errors/app-error.ts";
import { sha256Hex } from "../core/hash.ts";
import type { ReceiptsOf } from "../core/receipt/receipt-path.ts";
import type { ReportsMessage, VendorReport } from "../core/receipt/vendor-report.ts";
import { now } from "./clients.ts";
import type { HttpRequest } from "./http.ts";
import { groupOf, sendAll } from "./queues.ts";
import { countReceipts } from "./receipt-counts.ts";
import { RECEIPT_PARSERS } from "./receipt-parsers.ts";

const MOST_BYTES = 1_000_000;
/** Four of a batch's messages share SQS's 1 MiB. */
const MESSAGE_BYTES = 200_000;

/** Huawei's two versions want these four fields; the others want the status alone. */
export const TAKEN = { code: "0", message: "success", errno: "0", errmsg: "success" } as const;

/**
 * Leaves what a vendor posts to the dispatcher that may read its credentials: vendors wait for the answer.
 * @throws AppError body_too_large, invalid_request
 */
export async function queueReceipts(of: ReceiptsOf, { rawBody, headers }: HttpRequest): Promise<void> {
  const bytes = Buffer.byteLength(rawBody);
  if (bytes > MOST_BYTES)
    throw new AppError("body_too_large", `the body has ${bytes} bytes; the limit is ${MOST_BYTES}`);
  const { reports, skipped, proof } = RECEIPT_PARSERS[of.provider](rawBody, headers);
  const common = {
    v: 2,
    kind: "receipts",
    ...of,
    receivedAtMs: now(),
    post: sha256Hex(rawBody),
    ...(proof && { proof }),
  } as const;
  const messages = inMessages(reports).map((some): ReportsMessage => ({ ...common, reports: some }));
  const group = groupOf(of.app, `receipts-${of.provider}`);
  await sendAll(
    "dispatch-mobilePush-normal",
    messages.map((body) => ({ body, group })),
  );
  countReceipts(of.provider, new Map([["unreadable", skipped]]));
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
