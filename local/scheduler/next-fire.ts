import { type Cron, nextCronFire, parseCron } from "./cron.ts";
import { epochOf } from "./zone-time.ts";

const STEP_MS: Record<string, number> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

export type ScheduleExpression =
  | { kind: "at"; wallMs: number }
  | { kind: "rate"; everyMs: number }
  | { kind: "cron"; cron: Cron };

function parseAt(text: string): ScheduleExpression {
  const wallMs = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(text) ? Date.parse(`${text}Z`) : Number.NaN;
  if (Number.isNaN(wallMs)) throw new Error(`at(${text}) is not at(yyyy-mm-ddThh:mm:ss)`);
  return { kind: "at", wallMs };
}

function parseRate(text: string): ScheduleExpression {
  const match = /^([1-9]\d{0,8}) (minute|hour|day)(s?)$/.exec(text);
  const count = Number(match?.[1]);
  if (!match || (count === 1) !== (match[3] === "")) {
    throw new Error(`rate(${text}) is not rate(1 minute|hour|day) or rate(n minutes|hours|days)`);
  }
  return { kind: "rate", everyMs: count * STEP_MS[match[2]!]! };
}

/** Throws an Error that says what is wrong with the text. */
export function parseScheduleExpression(text: string): ScheduleExpression {
  const match = /^(at|rate|cron)\((.+)\)$/.exec(text.trim());
  if (!match) throw new Error(`"${text}" is not at(…), rate(…) or cron(…)`);
  const [, kind, inner] = match as unknown as [string, string, string];
  if (kind === "at") return parseAt(inner);
  if (kind === "rate") return parseRate(inner);
  return { kind: "cron", cron: parseCron(inner) };
}

/**
 * The first fire strictly after `afterMs`, undefined when there is none. A rate counts from `afterMs`, so hand it
 * the fire before (or the creation). Days are 24 hours in rates and calendar days in cron.
 */
export function nextFireAfter(
  expression: string | ScheduleExpression,
  zone: string,
  afterMs: number,
): number | undefined {
  const parsed = typeof expression === "string" ? parseScheduleExpression(expression) : expression;
  if (parsed.kind === "rate") return afterMs + parsed.everyMs;
  if (parsed.kind === "cron") return nextCronFire(parsed.cron, zone, afterMs);
  const atMs = epochOf(parsed.wallMs, zone);
  return atMs !== undefined && atMs > afterMs ? atMs : undefined;
}
