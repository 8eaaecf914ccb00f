/** A message in a dead-letter queue, as far as the queue tells. */
export type DeadLetter = {
  id: string;
  body: string;
  /** Queue it was received from too often; undefined for a copy that a dispatcher sent here itself. */
  from: string | undefined;
  sentAtMs: number;
};

/** What may be shown of a dead letter: ids and counts, never a token or a content. */
export type LetterSummary = {
  id: string;
  kind: string;
  from?: string;
  app?: string;
  notification?: string;
  job?: string;
  channel?: string;
  provider?: string;
  targets?: number;
  bytes: number;
  sentAtMs: number;
  /** Why it cannot go back to its queue. */
  stuck?: "poison" | "unreadable" | "unknown_queue";
};

const KINDS: ReadonlySet<string> = new Set([
  "job",
  "plan",
  "climb",
  "fired",
  "judge",
  "welcome",
  "catchUp",
  "poison",
  "receipts",
  "text",
  "topic",
  "post",
]);
const ID_LENGTH = 128;

/** Reads what a letter says of itself; whatever else is in it stays in it. */
export function summarise({ id, body, from, sentAtMs }: DeadLetter): LetterSummary {
  const bytes = Buffer.byteLength(body);
  const common = { id, bytes, sentAtMs, ...(from && { from }) };
  const message = objectOf(body);
  if (message === undefined) return { ...common, kind: "unreadable", stuck: "unreadable" };
  const text = (name: string) => {
    const value = message[name];
    return typeof value === "string" && value.length <= ID_LENGTH ? { [name]: value } : {};
  };
  const { kind, targets } = message;
  const known = typeof kind === "string" && KINDS.has(kind) ? kind : "unknown";
  // Whose it is stands in what a stranger may have written.
  if (known === "post") return { ...common, kind: known, ...stuckWhy(known, from) };
  const job = known === "job" || known === "poison" ? text("id")["id"] : undefined;
  const count = Array.isArray(targets) ? targets.length : targets;
  return {
    ...common,
    kind: known,
    ...text("app"),
    ...text("notification"),
    ...text("channel"),
    ...text("provider"),
    ...(job !== undefined && { job }),
    ...(typeof count === "number" && { targets: count }),
    ...stuckWhy(known, from),
  };
}

function stuckWhy(kind: string, from: string | undefined): Pick<LetterSummary, "stuck"> {
  if (kind === "poison") return { stuck: "poison" };
  return from === undefined ? { stuck: "unknown_queue" } : {};
}

function objectOf(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined; // it says so itself: "unreadable"
  }
}
