import { AppError } from "../errors/app-error.ts";
import type { NotificationState } from "../words.ts";

export type NotificationRow = { id: string; state: NotificationState; category: string; createdAtMs: number };
type RowFilter = { states?: readonly NotificationState[]; category?: string };
/** Rows of one UTC day, newest first; `before` = everything at this place and later is left out. */
export type DayQuestion = RowFilter & {
  app: string;
  dayMs: number;
  fromMs: number;
  toMs: number;
  limit: number;
  before?: string;
};

export type ListPorts = {
  day(question: DayQuestion): Promise<{ rows: NotificationRow[]; next?: string }>;
};

/** A place in the list: a day, and the last row that was looked at on it. */
export type ListPlace = { dayMs: number; before?: string };
export type ListQuestion = RowFilter & {
  app: string;
  fromMs: number;
  toMs: number;
  limit: number;
  /** When the app was created: nothing of it is older. */
  bornMs?: number;
};

const DAY_MS = 86_400_000;
/** Index queries of one request: a filter that fits little must not read for half a minute. */
const MAX_READS = 400;
const DAYS_AT_ONCE = 8;
/** Clocks of the functions that wrote the app and its notifications. */
const SKEW_MS = 60_000;
const MAX_RANGE_MS = 400 * DAY_MS;

const dayOf = (atMs: number): number => Math.floor(atMs / DAY_MS) * DAY_MS;

/**
 * A page of an app's notifications, newest first. A page may be short (even empty) and still have a next one.
 * @throws AppError invalid_request for a range that is turned round or too long
 */
export async function listNotifications(
  ports: ListPorts,
  question: ListQuestion,
  from?: ListPlace,
): Promise<{ rows: NotificationRow[]; next?: ListPlace }> {
  checkRange(question);
  const rows: NotificationRow[] = [];
  const oldest = dayOf(Math.max(question.fromMs, (question.bornMs ?? 0) - SKEW_MS));
  let place: ListPlace = from ?? { dayMs: dayOf(question.toMs) };
  let quiet = false;
  for (let reads = 0; reads < MAX_READS && rows.length < question.limit; ) {
    if (place.dayMs < oldest) return { rows };
    // Days without a row come in rows of their own: they are read side by side.
    const days: number[] =
      quiet && place.before === undefined ? daysFrom(place.dayMs, oldest) : [place.dayMs];
    const limit = question.limit - rows.length;
    const pages = await Promise.all(days.map((dayMs) => ports.day({ ...question, ...place, dayMs, limit })));
    reads += pages.length;
    quiet = pages.every((page) => page.rows.length === 0 && page.next === undefined);
    place = taken(rows, question.limit, days, pages);
  }
  return place.dayMs < oldest ? { rows } : { rows, next: place };
}

/** Takes pages in their order until there are enough rows: where to go on. */
function taken(
  rows: NotificationRow[],
  limit: number,
  days: readonly number[],
  pages: readonly { rows: NotificationRow[]; next?: string }[],
): ListPlace {
  for (const [index, page] of pages.entries()) {
    const dayMs = days[index]!;
    // A page that was read for more than there is room now would lose rows: its day is read again.
    if (rows.length + page.rows.length > limit) return { dayMs };
    rows.push(...page.rows);
    if (page.next !== undefined) return { dayMs, before: page.next };
  }
  return { dayMs: days.at(-1)! - DAY_MS };
}

const daysFrom = (dayMs: number, oldest: number): number[] =>
  Array.from({ length: DAYS_AT_ONCE }, (_, n) => dayMs - n * DAY_MS).filter((day) => day >= oldest);

/** Times of 13 digits (to November 2286): the index compares them as texts. */
const INDEXED_MS = { least: 0, most: 9_999_999_999_999 };
const isIndexed = (atMs: number): boolean => atMs >= INDEXED_MS.least && atMs <= INDEXED_MS.most;

function checkRange({ fromMs, toMs }: ListQuestion): void {
  const [pointer, detail] = rangeFault(fromMs, toMs) ?? [];
  if (pointer !== undefined && detail !== undefined)
    throw new AppError("invalid_request", `${pointer}: ${detail}`, { errors: [{ pointer, detail }] });
}

function rangeFault(fromMs: number, toMs: number): [pointer: string, detail: string] | undefined {
  if (!isIndexed(toMs)) return ["/to", "must lie between 1970 and 2286"];
  if (fromMs > toMs) return ["/from", "lies behind `to`"];
  if (toMs - fromMs > MAX_RANGE_MS) return ["/from", "lies more than 400 days before `to`"];
  return isIndexed(fromMs) ? undefined : ["/from", "must lie between 1970 and 2286"];
}
