import { randomUUID } from "node:crypto";
import { childOf, isSampled, parseTraceparent } from "../core/trace/traceparent.ts";
import { now } from "./clients.ts";

/** What a span tells beside its times: ids and counts, never a token, an endpoint or a content. */
export type SpanFacts = {
  app: string;
  notification?: string;
  provider?: string;
  /** People named. */
  recipients?: number;
  /** Devices and inboxes the step was about. */
  targets?: number;
  /** How many of them the step succeeded for. */
  accepted?: number;
};

export type SpanStart = {
  name: "accept" | "plan" | "dispatch" | "send";
  /** Traceparent of what caused it; undefined = what caused it has no trace, and neither has what follows. */
  parent: string | undefined;
  /** Filled in while the work goes on. */
  facts: SpanFacts;
};

/** Traceparent of a new span below `parent`. */
export const childSpan = (parent: string | undefined): string | undefined =>
  parent === undefined ? undefined : childOf(parent, spanId());

/** 64 bits of chance out of a UUID, which node draws from a stock: an eighth of the cost of `randomBytes`. */
function spanId(): string {
  const uuid = randomUUID();
  return uuid.slice(9, 13) + uuid.slice(24);
}

export const isTold = (own: string | undefined): own is string => own !== undefined && isSampled(own);

/** Does the work as a span of its own, whose traceparent it hands to what follows; told when it ends, if sampled. */
export function span<T>(start: SpanStart, work: (own: string | undefined) => Promise<T>): Promise<T> {
  const own = childSpan(start.parent);
  return isTold(own) ? told(start, own, work) : work(own);
}

async function told<T>(
  start: SpanStart,
  own: string,
  work: (own: string | undefined) => Promise<T>,
): Promise<T> {
  const end = beginSpan(start, own);
  try {
    const result = await work(own);
    end();
    return result;
  } catch (error) {
    end({ error });
    throw error;
  }
}

export type SpanEnd = { error?: unknown; atMs?: number };

/** Begins a sampled span; the function that is returned tells it as one line. `atMs` is of `performance.now()`. */
export function beginSpan(start: SpanStart, own: string): (end?: SpanEnd) => void {
  const [startMs, fromMs] = [now(), performance.now()];
  return ({ error, atMs = performance.now() } = {}) => {
    const line = {
      span: start.name,
      trace: parseTraceparent(own)?.trace,
      id: parseTraceparent(own)?.span,
      parent: start.parent && parseTraceparent(start.parent)?.span,
      startMs,
      durationMs: Math.round((atMs - fromMs) * 10) / 10,
      ...start.facts,
      ...(error !== undefined && { error: errorName(error) }),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
}

/** The code of a caller's fault, the name of anything else: a message may quote what it was about. */
function errorName(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
