import { textLogMessage } from "../../core/receipt/text-log.ts";
import { logLines } from "../../platform/log-batch.ts";
import { watchingMemory } from "../../platform/memory.ts";
import { sendPatiently } from "../../platform/patient-queue.ts";
import { countReceipts } from "../../platform/receipt-counts.ts";

/** SNS's delivery log of text messages: what its lines say goes on `ingest`, behind which nothing is lost. */
export const handler = watchingMemory(async (event: unknown): Promise<void> => {
  const lines = logLines(event);
  const messages = lines.map(textLogMessage).filter((message) => message !== undefined);
  await sendPatiently(
    "ingest",
    messages.map((body) => ({ body, group: "texts" })),
  );
  countReceipts("sns", new Map([["unreadable", lines.length - messages.length]]));
});
