/** W3C trace context, version 00: https://www.w3.org/TR/trace-context/#traceparent-header */
export type TraceContext = { trace: string; span: string; flags: number };

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;
const SAMPLED = 1;
/** Where the span's id begins and ends in a traceparent: `00-`, 32 digits, `-`, 16 digits. */
const SPAN_AT = [36, 52] as const;

/** The parts of a traceparent; undefined when it is none. */
export function parseTraceparent(text: string): TraceContext | undefined {
  const [, trace, span, flags] = TRACEPARENT.exec(text) ?? [];
  if (trace === undefined || span === undefined || flags === undefined) return undefined;
  return { trace, span, flags: Number.parseInt(flags, 16) };
}

export const formatTraceparent = ({ trace, span, flags }: TraceContext): string =>
  `00-${trace}-${span}-${flags.toString(16).padStart(2, "0")}`;

/** The traceparent of a span below `parent`, a valid one: same trace, same flags. `span` is 16 hex digits, not all 0. */
export const childOf = (parent: string, span: string): string =>
  parent.slice(0, SPAN_AT[0]) + span + parent.slice(SPAN_AT[1]);

/** Whether the spans of this trace are told: its first caller decides for the whole way. */
export const isSampled = (traceparent: string): boolean =>
  (Number.parseInt(traceparent.slice(-2), 16) & SAMPLED) === SAMPLED;

/** The caller's trace, or a new one made of the request's id and sampled as `sampled` says. */
export function traceOf(given: string | undefined, requestId: string, sampled: boolean): string {
  if (given !== undefined && parseTraceparent(given)) return given;
  const hex = requestId
    .replace(/[^0-9a-f]/gi, "")
    .toLowerCase()
    .padEnd(32, "0")
    .slice(0, 32);
  const trace = /^0+$/.test(hex) ? hex.replace(/0$/, "1") : hex;
  return formatTraceparent({ trace, span: `${hex.slice(0, 15)}1`, flags: sampled ? SAMPLED : 0 });
}
