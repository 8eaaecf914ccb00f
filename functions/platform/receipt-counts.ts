import type { VendorEvent } from "../core/credentials/vendor-settings.ts";
import type { VendorName } from "../core/credentials/vendors.ts";
import type { TextEvent } from "../core/receipt/text-report.ts";
import { metric } from "./metrics.ts";

/** What vendors and carriers say, and what was not taken: parts that nobody can read, and reports without the proof that is due. */
export type CountedEvent = VendorEvent | TextEvent | "unreadable" | "unproved";

export function countReceipts(provider: VendorName | "sns", counts: ReadonlyMap<CountedEvent, number>): void {
  for (const [event, count] of counts)
    if (count > 0)
      metric("receipts", count, { dimensions: { provider, event }, by: [["provider", "event"]] });
}
