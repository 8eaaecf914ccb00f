import { gunzipSync } from "node:zlib";
import * as z from "zod/mini";

/** A batch has 1 MB and is told zipped: what unzips to more is none. */
const MOST_BYTES = 32 * 1024 * 1024;

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html */
const Batch = z.object({
  messageType: z.string(),
  logEvents: z.array(z.object({ message: z.string() })),
});

/**
 * The lines that CloudWatch Logs hands to a subscriber, as JSON; undefined for a line that is none. A control message,
 * by which it tries whether somebody is there, has no lines.
 * @throws Error when the batch cannot be read
 */
export function logLines(event: unknown): unknown[] {
  const data = (event as { awslogs?: { data?: unknown } } | null)?.awslogs?.data;
  if (typeof data !== "string")
    throw new Error("the event is no batch of CloudWatch Logs: it has no awslogs.data");
  const { messageType, logEvents } = Batch.parse(unzipped(data));
  return messageType === "DATA_MESSAGE" ? logEvents.map(({ message }) => jsonOf(message)) : [];
}

function unzipped(data: string): unknown {
  const text = gunzipSync(Buffer.from(data, "base64"), { maxOutputLength: MOST_BYTES }).toString("utf8");
  return JSON.parse(text);
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // counted as unreadable by who asked
  }
}
