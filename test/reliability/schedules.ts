import type { SchedulerFaults } from "../../local/scheduler/shapes.ts";
import { statementWith, type World } from "../e2e/harness.ts";
import { type Audited, audit } from "./audit.ts";
import { allEnd, type Campaign, send } from "./campaign.ts";

type ScheduleFault = {
  name: string;
  faults: SchedulerFaults;
  cancelled: boolean;
  /** Scheduler refuses to make it. */
  refused?: true;
};

export const SCHEDULE_FAULTS: ScheduleFault[] = [
  { name: "fires twice", faults: { fireTwice: true }, cancelled: false },
  { name: "fires 5 minutes late", faults: { lateMs: 300_000 }, cancelled: false },
  { name: "fires twice and late", faults: { fireTwice: true, lateMs: 300_000 }, cancelled: false },
  { name: "cannot be created", faults: {}, cancelled: false, refused: true },
  { name: "fires after it was cancelled", faults: { fireDeleted: true }, cancelled: true },
];

const USERS = Array.from({ length: 8 }, (_, n) => `r${n}`);
const IN_MS = 3_600_000;
const LATE_MS = 300_000;

function refuseSchedules(world: World): () => void {
  world.expectTrouble(/SendRole.*(denied|not authorized).*scheduler:CreateSchedule/);
  return world.runtime.door.dropStatement(statementWith(world, "Send", "scheduler:CreateSchedule").id);
}

export type Scheduled = Audited & {
  /** Requests to the provider, and how long after their time the first of each notification came. */
  received: number;
  lateS: number[];
};

/** Sends so many notifications in an hour, under a fault of the scheduler. */
export async function schedules(
  campaign: Campaign,
  { name, faults, cancelled, refused }: ScheduleFault,
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
  const putBack = refused ? refuseSchedules(world) : undefined;
  for (const id of ids)
    await send(campaign, id, USERS, {
      sendAt: new Date(sendAtMs).toISOString(),
      // Late by a minute would be too late.
      ...(refused && { ttl: 30 }),
    });
  putBack?.();
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
