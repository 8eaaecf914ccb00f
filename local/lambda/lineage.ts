/**
 * Lambda's recursion detection: the trace header that the SDK passes on counts how often a function was invoked in
 * one chain of messages.
 */

import { createHash } from "node:crypto";

/** Lambda stops a chain at about this many invocations of one function. */
export const MAXIMUM_CHAIN = 16;

const LINEAGE = /(?:^|;)Lineage=([^;]*)/;

function countsIn(header: string | undefined): Map<string, number> {
  const text = LINEAGE.exec(header ?? "")?.[1] ?? "";
  const pairs = text.split("|").map((pair) => pair.split(":"));
  return new Map(pairs.filter(([id]) => id).map(([id = "", count]) => [id, Number(count)]));
}

function shortId(functionArn: string): string {
  return createHash("sha256").update(functionArn).digest("hex").slice(0, 8);
}

/** A batch continues the longest of its messages' chains. */
export function continueChain(
  headers: (string | undefined)[],
  functionArn: string,
): { header: string; count: number } {
  const longest = new Map<string, number>();
  for (const header of headers) {
    for (const [id, count] of countsIn(header)) longest.set(id, Math.max(count, longest.get(id) ?? 0));
  }
  const id = shortId(functionArn);
  const count = (longest.get(id) ?? 0) + 1;
  longest.set(id, count);
  const first = headers.find((header) => header !== undefined)?.replace(LINEAGE, "");
  const root =
    first || `Root=1-${Date.now().toString(16).slice(-8)}-${shortId(functionArn)}0000000000000000;Sampled=0`;
  const lineage = [...longest].map(([key, value]) => `${key}:${value}`).join("|");
  return { header: `${root};Lineage=${lineage}`, count };
}
