import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type CancelManyPorts,
  cancelNotifications,
} from "../../../../functions/core/api/cancel-notifications.ts";
import type { Notification } from "../../../../functions/core/notification/notification.ts";
import { notificationOf } from "../plan/world.ts";

const DAY = 86_400_000;
const NOW = 20_000 * DAY + 1;

/** Scheduled notifications `n0`... of today. */
function world(count: number) {
  const stored = new Map<string, Notification>();
  for (let n = 0; n < count; n++) {
    const timed = { state: "scheduled", sendAtMs: NOW + DAY } as const;
    stored.set(`n${n}`, notificationOf({ id: `n${n}`, createdAtMs: NOW - 1, ...timed }));
  }
  const deleted: string[] = [];
  const reported: string[] = [];
  const cancel = async (_app: string, id: string) => {
    const found = stored.get(id)!;
    if (found.state === "cancelled") return undefined;
    const cancelled = { ...found, state: "cancelled" as const };
    stored.set(id, cancelled);
    return cancelled;
  };
  const ports: CancelManyPorts = {
    now: () => NOW,
    get: async (_app, id) => stored.get(id),
    cancel,
    day: async ({ dayMs }) => ({ rows: dayMs === NOW - 1 ? [...stored.values()] : [] }),
    deleteSchedule: async ({ id }) => void deleted.push(id),
    report: (_error, { id }) => void reported.push(id),
  };
  return { ports, deleted, reported };
}

const scheduledOnes = (ports: CancelManyPorts) =>
  cancelNotifications(ports, { id: "a", createdAtMs: 0 }, { state: "scheduled" });

test("a schedule that cannot be deleted is void all the same: the answer names everything that was cancelled", async () => {
  const { ports, deleted, reported } = world(15);
  const { deleteSchedule } = ports;
  ports.deleteSchedule = async (notification) => {
    if (notification.id === "n7") throw new Error("throttled");
    return deleteSchedule(notification);
  };
  const { ids } = await scheduledOnes(ports);
  assert.equal(ids.length, 15);
  assert.equal(deleted.length, 14);
  assert.deepEqual(reported, ["n7"]);
});

test("a cancellation whose answer was lost, and which the SDK repeated, counts", async () => {
  const { ports, deleted } = world(2);
  const { cancel } = ports;
  ports.cancel = async (app, id) => {
    await cancel(app, id);
    return cancel(app, id);
  };
  assert.deepEqual((await scheduledOnes(ports)).ids, ["n0", "n1"]);
  assert.deepEqual(deleted, ["n0", "n1"]);
});

test("what ended otherwise meanwhile, or was cancelled before, is not counted", async () => {
  const { ports } = world(3);
  const { get, cancel } = ports;
  await cancel("a", "n0");
  ports.cancel = async (app, id) => {
    if (id !== "n1") return cancel(app, id);
    ports.get = async (of, wanted) => {
      const found = await get(of, wanted);
      return found && wanted === "n1" ? { ...found, state: "completed" } : found;
    };
    return undefined;
  };
  const found = await cancelNotifications(ports, { id: "a", createdAtMs: 0 }, { priority: "high" });
  assert.deepEqual(found.ids, ["n2"]);
});
