/** Traces from the span lines that functions log; the oldest are forgotten. */

/** One line as functions write it when a span ends. */
export type Span = {
  span: string;
  trace: string;
  id: string;
  /** Id of the span it comes from; a span that is not told here belongs to the caller. */
  parent?: string;
  startMs: number;
  durationMs: number;
  app?: string;
  notification?: string;
  provider?: string;
  recipients?: number;
  targets?: number;
  accepted?: number;
  error?: string;
};

export type Trace = { trace: string; spans: readonly Span[]; forgotten: number };

export type Traces = {
  addLine(line: string): void;
  /** @throws Error when no span of this trace was told, or it is forgotten */
  get(trace: string): Trace;
};

const MAX_TRACES = 200;
const MAX_SPANS = 1_000;

export function createTraces(): Traces {
  const all = new Map<string, { spans: Span[]; forgotten: number }>();
  const open = (trace: string) => {
    const fresh = { spans: [], forgotten: 0 };
    all.set(trace, fresh);
    const [oldest] = all.keys();
    if (all.size > MAX_TRACES && oldest !== undefined) all.delete(oldest);
    return fresh;
  };
  return {
    addLine(text) {
      const span = parse(text);
      if (span === undefined) return;
      const known = all.get(span.trace) ?? open(span.trace);
      if (known.spans.length < MAX_SPANS) known.spans.push(span);
      else known.forgotten++;
    },
    get(trace) {
      const known = all.get(trace);
      if (known === undefined)
        throw new Error(`no span of trace ${trace} was told: is its sampled flag (…-01) set?`);
      return { trace, ...known };
    },
  };
}

function parse(line: string): Span | undefined {
  if (!line.startsWith('{"span":')) return undefined;
  try {
    return JSON.parse(line) as Span;
  } catch {
    return undefined; // a function may print what it likes; only our own lines are read
  }
}
