import type { SchedulerFaults } from "../../local/scheduler/shapes.ts";
import { type Audited, audit } from "./audit.ts";
import { allEnd, type Campaign, send } from "./campaign.ts";

export const SCHEDULE_FAULTS: { name: string; faults: SchedulerFaults; cancelled: boolean }[] = [
  { name: "fires twice", faults: { fireTwice: true }, cancelled: false },
  { name: "fires 5 minutes late", faults: { lateMs: 300_000 }, cancelled: false },
  { name: "fires twice and late", faults: { fireTwice: true, lateMs: 300_000 }, cancelled: false },
  { name: "fires after it was cancelled", faults: { fireDeleted: true }, cancelled: true },
];

const USERS = Array.from({ length: 8 }, (_, n) => `r${n}`);
const IN_MS = 3_600_000;
const LATE_MS = 300_000;

export type Scheduled = Audited & {
  /** Requests to the provider, and how long after their time the first of each notification came. */
  received: number;
  lateS: number[];
};

/** Sends so many notifications in an hour, under a fault of the scheduler. */
export async function schedules(
  campaign: Campaign,
  { name, faults, cancelled }: (typeof SCHEDULE_FAULTS)[number],
  count: number,
): Promise<Scheduled> {
  const { world, app } = campaign;
  const scheduler = world.runtime.door.faults.scheduler;
  const before = world.fakes.apns.received.length;
  const sendAtMs = Math.ceil((world.runtime.clock.now() + IN_MS) / 1000) * 1000;
  const ids = Array.from(
    { length: count },
    (_, n) => `${app.id}-${name.replaceAll(/\W+/g, "-")}-${String(n).padStart(4, "0")}`,
  );
  scheduler.set(faults);
  for (const id of ids) await send(campaign, id, USERS, { sendAt: new Date(sendAtMs).toISOString() });
  if (cancelled) for (const id of ids) await app.api.ok("DELETE", `/v1/notifications/${id}`);
  await world.advance(IN_MS + LATE_MS + 5_000);
  scheduler.set({});
  if (!cancelled) await allEnd(campaign, ids);
  const received = world.fakes.apns.received.slice(before);
  return {
    ...(await audit(world, app.id, ids, { extra: 0 })),
    received: received.length,
    lateS: received.map(({ atMs }) => (atMs - sendAtMs) / 1000),
  };
}
