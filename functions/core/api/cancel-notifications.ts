import type { App } from "../app/app.ts";
import { AppError } from "../errors/app-error.ts";
import type { Notification } from "../notification/notification.ts";
import { dropSchedule, type SchedulePorts } from "../notification/schedule.ts";
import { FINAL_STATES, type NotificationState, type Priority, STATES } from "../words.ts";
import { type ListPlace, type ListPorts, listNotifications } from "./list-notifications.ts";

export type CancelManyPorts = ListPorts &
  Pick<SchedulePorts, "deleteSchedule" | "report"> & {
    now(): number;
    get(app: string, id: string): Promise<Notification | undefined>;
    cancel(app: string, id: string): Promise<Notification | undefined>;
  };

export type CancelFilter = { state?: NotificationState; category?: string; priority?: Priority };

/** Notifications looked at in one request. */
const AT_ONCE = 100;
const CONCURRENCY = 10;
const OPEN = STATES.filter((state) => !FINAL_STATES.includes(state));
/** Nothing that can still be open was accepted earlier: 366 days ahead, 28 days of life. */
const OLDEST_MS = 395 * 86_400_000;

/**
 * Cancels what fits a filter, newest first and a bounded number at a time.
 * @throws AppError invalid_request without any filter: that would be everything
 */
export async function cancelNotifications(
  ports: CancelManyPorts,
  { id: app, createdAtMs: bornMs }: Pick<App, "id" | "createdAtMs">,
  filter: CancelFilter,
  from?: ListPlace,
): Promise<{ ids: string[]; next?: ListPlace }> {
  if (filter.state === undefined && filter.category === undefined && filter.priority === undefined)
    throw new AppError("invalid_request", "/: name at least one of state, category and priority");
  const toMs = ports.now();
  const { rows, next } = await listNotifications(
    ports,
    {
      app,
      fromMs: toMs - OLDEST_MS,
      toMs,
      bornMs,
      limit: AT_ONCE,
      states: filter.state ? [filter.state] : OPEN,
      ...(filter.category !== undefined && { category: filter.category }),
    },
    from,
  );
  const ids: string[] = [];
  for (let first = 0; first < rows.length; first += CONCURRENCY) {
    const part = rows.slice(first, first + CONCURRENCY);
    const done = await Promise.all(part.map(({ id }) => cancelOne(ports, app, id, filter)));
    ids.push(...done.filter((id) => id !== undefined));
  }
  return { ids, ...(next && { next }) };
}

async function cancelOne(
  ports: CancelManyPorts,
  app: string,
  id: string,
  filter: CancelFilter,
): Promise<string | undefined> {
  // The index lags behind the table and does not know the priority.
  const header = await ports.get(app, id);
  if (header === undefined || FINAL_STATES.includes(header.state)) return undefined;
  if (filter.priority !== undefined && header.priority !== filter.priority) return undefined;
  if (filter.state !== undefined && header.state !== filter.state) return undefined;
  // A cancellation whose answer was lost, and which the SDK repeated, finds its own.
  const cancelled = (await ports.cancel(app, id)) ?? (await ports.get(app, id));
  if (cancelled?.state !== "cancelled") return undefined;
  // A schedule that stays is void: it must not cost the answer, which names what nobody can find again.
  await dropSchedule(ports, cancelled);
  return id;
}
