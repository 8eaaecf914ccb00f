import { LaterError } from "../core/errors/later-error.ts";
import { RECENT_BUCKET_MS } from "./keys.ts";
import { KEPT_MS, keysBetween, type Latest, latestOf, NEAR_MS, recentChanges } from "./recent-changes.ts";
import { getMany, type Table } from "./table.ts";

/** What an environment keeps of all apps together, about 100 bytes each. */
const MOST_KEPT = 300_000;

/** Of an app the quarters of an hour from and to which its changes are known, merged. */
type Known = { fromMs: number; untilMs: number; latest: Promise<Map<string, number>>; size: number };
const known = new Map<string, Known>();

const NOTHING: Latest = new Map();

/**
 * Changes that a job which has waited for more than a day must know of beside the recent ones: an app was paused, a
 * quota was used up. Its jobs come all at once then and ask for the same rows, thousands of them, which nobody adds to
 * any more: each environment reads them once.
 * @throws LaterError when DynamoDB does not answer; ask before a job is claimed
 */
export async function olderChanges(
  guard: Table,
  app: string,
  sinceMs: number,
  nowMs: number,
): Promise<Latest> {
  if (sinceMs >= nowMs - NEAR_MS) return NOTHING;
  const fromMs = Math.max(sinceMs, nowMs - KEPT_MS);
  const untilMs = nowMs - NEAR_MS;
  const own = ownOf(guard, app, { fromMs, untilMs });
  keep(app, own);
  try {
    const latest = await own.latest;
    own.size = latest.size;
    forgetOthers(app);
    return latest;
  } catch (error) {
    if (known.get(app) === own) known.delete(app);
    throw new LaterError(`what was erased of ${app} more than a day ago cannot be read now`, {
      cause: error,
    });
  }
}

type Span = Pick<Known, "fromMs" | "untilMs">;

/** What is known of the app, or is being read by another job; with what is missing of the span. */
function ownOf(guard: Table, app: string, span: Span): Known {
  const before = known.get(app);
  if (before === undefined) return fresh(guard, app, span);
  const covers = before.fromMs <= span.fromMs && before.untilMs >= span.untilMs - RECENT_BUCKET_MS;
  return covers ? before : widened(guard, app, before, span);
}

/** The app that was asked for last stands last. */
function keep(app: string, own: Known): void {
  known.delete(app);
  known.set(app, own);
}

const fresh = (guard: Table, app: string, { fromMs, untilMs }: Span): Known => ({
  ...{ fromMs, untilMs, size: 0 },
  latest: read(guard, app, fromMs, untilMs, new Map()),
});

/** What lies before and behind the known quarters is read in addition. */
function widened(guard: Table, app: string, before: Known, { fromMs, untilMs }: Span): Known {
  const more = async () => {
    const latest = await before.latest;
    if (fromMs < before.fromMs) await read(guard, app, fromMs, before.fromMs, latest);
    if (untilMs > before.untilMs) await read(guard, app, before.untilMs, untilMs, latest);
    return latest;
  };
  return {
    fromMs: Math.min(fromMs, before.fromMs),
    untilMs: Math.max(untilMs, before.untilMs),
    latest: more(),
    size: before.size,
  };
}

async function read(
  guard: Table,
  app: string,
  fromMs: number,
  untilMs: number,
  into: Map<string, number>,
): Promise<Map<string, number>> {
  const items = await getMany(guard, keysBetween(app, fromMs, untilMs));
  return latestOf(await recentChanges(guard).withFurther(items), into);
}

/** The apps that were asked for longest ago; never the one that was read just now, however much it has. */
function forgetOthers(own: string): void {
  let kept = [...known.values()].reduce((sum, { size }) => sum + size, 0);
  for (const [app, { size }] of known) {
    if (kept <= MOST_KEPT) return;
    if (app === own) continue;
    known.delete(app);
    kept -= size;
  }
}
