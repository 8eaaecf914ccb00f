import type { Span, Trace } from "./traces.ts";

/** A trace as an indented tree: since when, how long, for how many of its targets. */
export function traceTree({ trace, spans, forgotten }: Trace): string {
  const ids = new Set(spans.map(({ id }) => id));
  const below = Map.groupBy(spans, ({ parent }) => (parent && ids.has(parent) ? parent : ""));
  const sorted = [...spans].sort((a, b) => a.startMs - b.startMs);
  const firstMs = sorted[0]?.startMs ?? 0;
  const rows = (parent: string, depth: number): string[] =>
    (below.get(parent) ?? [])
      .sort((a, b) => a.startMs - b.startMs)
      .flatMap((span) => [row(span, depth, firstMs), ...rows(span.id, depth + 1)]);
  const more = forgotten > 0 ? [`… and ${forgotten} spans that were not kept`] : [];
  return `${[`trace ${trace}   ${subject(spans)}`, ...rows("", 0), ...more].join("\n")}\n`;
}

/** The notifications of a trace: a batch has up to 500. */
function subject(spans: readonly Span[]): string {
  const all = [...new Set(spans.map(({ app, notification }) => `${app}/${notification ?? "-"}`))];
  return all.length === 1 ? all[0]! : `${all.length} notifications`;
}

function row(span: Span, depth: number, firstMs: number): string {
  const { recipients, targets, accepted, error } = span;
  const name = `${"  ".repeat(depth)}${span.span}${span.provider ? ` ${span.provider}` : ""}`;
  const counts = [
    recipients === undefined ? "" : `${recipients} ${recipients === 1 ? "person" : "people"}`,
    targets === undefined ? "" : `${accepted ?? 0} of ${targets} targets`,
    error === undefined ? "" : `failed: ${error}`,
  ].filter((text) => text !== "");
  const times =
    `+${span.startMs - firstMs} ms`.padStart(10) + `${span.durationMs.toFixed(1)} ms`.padStart(12);
  return `${name.padEnd(26)}${times}   ${counts.join(", ")}`.trimEnd();
}
