import type { Meter } from "../meter/meter.ts";
import { type Delivery, deliver } from "./deliver.ts";
import { nextFireAfter, parseScheduleExpression } from "./next-fire.ts";
import type { ScheduleTable } from "./schedule-table.ts";
import type { Schedule, SchedulerFaults } from "./shapes.ts";

export type Firing = {
  table: ScheduleTable;
  delivery: Delivery;
  meter: Meter;
  faults: SchedulerFaults;
  /** Cancels of the armed timers, by `group/name`. */
  armed: Map<string, () => void>;
  onError(error: unknown): void;
};

export const keyOf = (schedule: { GroupName: string; Name: string }) =>
  `${schedule.GroupName}/${schedule.Name}`;
const isOneTime = (schedule: Schedule) => parseScheduleExpression(schedule.ScheduleExpression).kind === "at";

/** A one-time schedule whose time has passed unfired (created late, or the machine was off) fires at once. */
function nextFire(schedule: Schedule): number | undefined {
  const zone = schedule.ScheduleExpressionTimezone ?? "UTC";
  if (isOneTime(schedule)) {
    return schedule.firedMs === undefined ? nextFireAfter(schedule.ScheduleExpression, zone, 0) : undefined;
  }
  const startMs = (schedule.StartDate ?? 0) * 1000;
  const next = nextFireAfter(
    schedule.ScheduleExpression,
    zone,
    Math.max(schedule.firedMs ?? schedule.createdMs, startMs - 1),
  );
  const endMs = (schedule.EndDate ?? Number.POSITIVE_INFINITY) * 1000;
  return next !== undefined && next <= endMs ? next : undefined;
}

function complete(firing: Firing, schedule: Schedule): void {
  if (schedule.ActionAfterCompletion === "DELETE") firing.table.remove(schedule.GroupName, schedule.Name);
}

/** The same schedule as when it was armed, not one created anew under its name. */
function stillThere(firing: Firing, schedule: Schedule): Schedule | undefined {
  const now = firing.table.get(schedule.GroupName, schedule.Name);
  return now?.createdMs === schedule.createdMs && now.changedMs === schedule.changedMs ? now : undefined;
}

function handOver(firing: Firing, schedule: Schedule, scheduledMs: number): void {
  const times = firing.faults.fireTwice ? 2 : 1;
  firing.meter.add("scheduler.invocation", times, { principal: schedule.Target.RoleArn.split("/").pop()! });
  const deliveries = Array.from({ length: times }, () => deliver(firing.delivery, schedule, scheduledMs));
  Promise.all(deliveries)
    .then(() => {
      const now = stillThere(firing, schedule);
      if (!now) return;
      const fired = { ...now, firedMs: Math.max(now.firedMs ?? 0, scheduledMs) };
      firing.table.put(fired);
      if (nextFire(fired) === undefined) complete(firing, fired);
    })
    .catch(firing.onError);
}

function armAt(firing: Firing, schedule: Schedule, scheduledMs: number): void {
  const fireMs = scheduledMs + (firing.faults.lateMs ?? 0);
  const fire = () => {
    firing.armed.delete(keyOf(schedule));
    handOver(firing, schedule, scheduledMs);
    const next = isOneTime(schedule) ? undefined : nextFire({ ...schedule, firedMs: scheduledMs });
    if (next !== undefined) armAt(firing, schedule, next);
  };
  firing.armed.set(keyOf(schedule), firing.delivery.clock.setTimer(fireMs, fire));
}

export function disarm(firing: Firing, schedule: { GroupName: string; Name: string }): void {
  firing.armed.get(keyOf(schedule))?.();
  firing.armed.delete(keyOf(schedule));
}

export function arm(firing: Firing, schedule: Schedule): void {
  disarm(firing, schedule);
  if (schedule.State === "DISABLED") return;
  const next = nextFire(schedule);
  if (next === undefined) complete(firing, schedule);
  else armAt(firing, schedule, next);
}
