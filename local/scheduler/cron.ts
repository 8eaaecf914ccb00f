import { epochOf, wallOf } from "./zone-time.ts";

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const DAY_MS = 86_400_000;
const LAST_YEAR = 2199;

type Range = { name: string; min: number; max: number; names?: string[] };
const MINUTES: Range = { name: "minutes", min: 0, max: 59 };
const HOURS: Range = { name: "hours", min: 0, max: 23 };
const MONTH: Range = { name: "month", min: 1, max: 12, names: MONTHS };
const YEAR: Range = { name: "year", min: 1970, max: LAST_YEAR };
const DAY_OF_MONTH: Range = { name: "day-of-month", min: 1, max: 31 };
const DAY_OF_WEEK: Range = { name: "day-of-week", min: 1, max: 7, names: DAYS };

/** Says whether the day fires; `last` is the last day of its month, `weekday` counts from Sunday = 1. */
type DayRule = (day: number, weekday: number, last: number) => boolean;

export type Cron = {
  minutes: number[];
  hours: number[];
  months: Set<number>;
  years: Set<number>;
  day: DayRule;
};

function numberIn(range: Range, text: string): number {
  const named = range.names?.indexOf(text.toUpperCase()) ?? -1;
  const value = named === -1 ? Number(text) : named + range.min;
  if (!/^\w+$/.test(text) || !Number.isInteger(value) || value < range.min || value > range.max) {
    throw new Error(`"${text}" is no ${range.name} (${range.min}-${range.max})`);
  }
  return value;
}

function* partValues(range: Range, part: string): Generator<number> {
  const [span = "", stepText] = part.split("/");
  const step = stepText === undefined ? 1 : Number(stepText);
  if (!Number.isInteger(step) || step < 1) throw new Error(`"${part}" has no whole step in ${range.name}`);
  const [from, to] =
    span === "*" ? [String(range.min), String(range.max)] : (span.split("-") as [string, string?]);
  const first = numberIn(range, from);
  const lone = stepText === undefined ? first : range.max;
  const last = to === undefined ? lone : numberIn(range, to);
  for (let value = first; value <= last; value += step) yield value;
}

function valuesIn(range: Range, field: string): number[] {
  const values = new Set(field.split(",").flatMap((part) => [...partValues(range, part)]));
  return [...values].sort((a, b) => a - b);
}

const isWeekend = (weekday: number) => weekday === 1 || weekday === 7;

/** `15W`: the working day nearest to the 15th, not leaving the month. */
function nearestWorkday(wanted: number): DayRule {
  return (day, weekday, last) => {
    const target = Math.min(wanted, last);
    if (isWeekend(weekday)) return false;
    if (day === target) return true;
    const isMonday = weekday === 2;
    const isFriday = weekday === 6;
    if (isMonday && day === target + 1) return true;
    if (isFriday && day === target - 1) return true;
    return (isMonday && target === 1 && day === 3) || (isFriday && target === last && day === last - 2);
  };
}

function dayOfMonthRule(field: string): DayRule {
  if (field === "L") return (day, _weekday, last) => day === last;
  if (field === "LW") return nearestWorkday(31);
  const workday = /^(\d{1,2})W$/.exec(field);
  if (workday) return nearestWorkday(numberIn(DAY_OF_MONTH, workday[1]!));
  const days = new Set(valuesIn(DAY_OF_MONTH, field));
  return (day) => days.has(day);
}

function dayOfWeekRule(field: string): DayRule {
  if (field === "L") return (_day, weekday) => weekday === 7;
  const lastOne = /^(\w+)L$/.exec(field);
  if (lastOne) {
    const wanted = numberIn(DAY_OF_WEEK, lastOne[1]!);
    return (day, weekday, last) => weekday === wanted && day > last - 7;
  }
  const nth = /^(\w+)#([1-5])$/.exec(field);
  if (nth) {
    const wanted = numberIn(DAY_OF_WEEK, nth[1]!);
    return (day, weekday) => weekday === wanted && Math.ceil(day / 7) === Number(nth[2]);
  }
  const weekdays = new Set(valuesIn(DAY_OF_WEEK, field));
  return (_day, weekday) => weekdays.has(weekday);
}

/** `minutes hours day-of-month month day-of-week year`, one of the two days being `?`. */
export function parseCron(text: string): Cron {
  const fields = text.trim().split(/\s+/);
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  if (fields.length !== 6) throw new Error(`cron needs 6 fields, "${text}" has ${fields.length}`);
  if ((dayOfMonth === "?") === (dayOfWeek === "?")) {
    throw new Error("cron needs ? in exactly one of day-of-month and day-of-week");
  }
  return {
    minutes: valuesIn(MINUTES, minutes),
    hours: valuesIn(HOURS, hours),
    months: new Set(valuesIn(MONTH, month)),
    years: new Set(valuesIn(YEAR, year)),
    day: dayOfMonth === "?" ? dayOfWeekRule(dayOfWeek) : dayOfMonthRule(dayOfMonth),
  };
}

function firesOn(cron: Cron, dayMs: number): boolean {
  const date = new Date(dayMs);
  if (!cron.years.has(date.getUTCFullYear()) || !cron.months.has(date.getUTCMonth() + 1)) return false;
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return cron.day(date.getUTCDate(), date.getUTCDay() + 1, last);
}

function firstOfDay(cron: Cron, dayMs: number, zone: string, afterMs: number): number | undefined {
  for (const hour of cron.hours) {
    for (const minute of cron.minutes) {
      const epochMs = epochOf(dayMs + (hour * 60 + minute) * 60_000, zone);
      if (epochMs !== undefined && epochMs > afterMs) return epochMs;
    }
  }
  return undefined;
}

/** A time that spring skips does not fire; one that autumn repeats fires once. */
export function nextCronFire(cron: Cron, zone: string, afterMs: number): number | undefined {
  const lastYear = Math.max(...cron.years);
  const today = Math.floor(wallOf(afterMs, zone) / DAY_MS) * DAY_MS;
  // One day back: in autumn a moment after midnight may still be before a repeated hour.
  for (let dayMs = today - DAY_MS; new Date(dayMs).getUTCFullYear() <= lastYear; dayMs += DAY_MS) {
    const found = firesOn(cron, dayMs) ? firstOfDay(cron, dayMs, zone, afterMs) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
