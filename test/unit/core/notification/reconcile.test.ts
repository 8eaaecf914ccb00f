import assert from "node:assert/strict";
import { test } from "node:test";
import type { Notification } from "../../../../functions/core/notification/notification.ts";
import { type ReconcilePorts, reconcileOne } from "../../../../functions/core/notification/reconcile.ts";
import type { PlanRow } from "../../../../functions/core/plan/plan-row.ts";
import { notificationOf } from "../plan/world.ts";

const NOW = 1_000_000;
const MINUTE = 60_000;

type Change = {
  taken?: boolean;
  queueAgeMs?: number;
  planAgeMs?: number;
  expires?: boolean;
  moved?: boolean;
};

function world(change: Change = {}) {
  const steps: string[] = [];
  const ports: ReconcilePorts = {
    now: () => NOW,
    headers: {
      watch: async (notification, due) => {
        steps.push(`look for ${due.what} ${due.step} in ${(due.atMs - NOW) / MINUTE} min`);
        return change.moved ? undefined : notification;
      },
      planned: async (notification) => {
        steps.push("planned");
        return notification;
      },
    },
    jobsTaken: async () => change.taken === true,
    queueAgeMs: (_priority, of) => (of === "jobs" ? change.queueAgeMs : change.planAgeMs) ?? 0,
    enqueuePlan: async () => void steps.push("plan message"),
    expire: async () => change.expires !== false,
  };
  return { ports, steps };
}

const ROW: PlanRow = {
  version: 1,
  bucket: 0,
  startKey: "0",
  nextKey: null,
  walked: 1,
  records: new Uint8Array(),
  jobs: [{ id: "j", provider: "apns", count: 1 }],
  createdAtMs: NOW - MINUTE,
};
const pending = (more: Partial<Notification> = {}): Notification =>
  notificationOf({
    createdAtMs: NOW - MINUTE,
    expiresAtMs: NOW + 60 * MINUTE,
    due: { atMs: NOW, step: 0, what: "plan" },
    ...more,
  });

test("an accepted notification without a plan is planned again at 60 s, 10 min, 1 h, and then every hour", async () => {
  const waits: string[] = [];
  for (let step = 0; step < 4; step++) {
    const { ports, steps } = world();
    const what = await reconcileOne(ports, pending({ due: { atMs: NOW, step, what: "plan" } }));
    assert.equal(what, "planned again");
    assert.equal(steps[1], "plan message", "the next look is written before the message is sent");
    waits.push(steps[0]!);
  }
  assert.deepEqual(waits, [
    "look for plan 1 in 9 min",
    "look for plan 2 in 50 min",
    "look for plan 3 in 60 min",
    "look for plan 4 in 60 min",
  ]);
});

test("a short list whose jobs are with workers is left to them", async () => {
  const { ports, steps } = world({ taken: true });
  assert.equal(await reconcileOne(ports, pending({ row: ROW })), "watched on");
  assert.deepEqual(steps, ["planned"]);
});

test("a short list behind messages as old as itself is not sent again: that would lengthen the queue", async () => {
  const { ports, steps } = world({ queueAgeMs: MINUTE });
  assert.equal(await reconcileOne(ports, pending({ row: ROW })), "watched on");
  assert.deepEqual(steps, ["look for plan 0 in 1 min"]);
});

test("a short list whose jobs nobody took although its queue is quick is sent again", async () => {
  const { ports, steps } = world({ queueAgeMs: 2_000 });
  assert.equal(await reconcileOne(ports, pending({ row: ROW })), "planned again");
  assert.deepEqual(steps, ["look for plan 1 in 9 min", "plan message"]);
});

test("a plan behind messages as old as itself is not sent again; it is as old as its time to be sent", async () => {
  const behind = world({ planAgeMs: MINUTE });
  assert.equal(await reconcileOne(behind.ports, pending()), "watched on");
  assert.deepEqual(behind.steps, ["look for plan 0 in 1 min"]);
  const slowJobs = world({ queueAgeMs: 60 * MINUTE, planAgeMs: 2_000 });
  assert.equal(await reconcileOne(slowJobs.ports, pending()), "planned again");
  const scheduled = pending({ createdAtMs: NOW - 600 * MINUTE, sendAtMs: NOW - MINUTE });
  assert.equal(await reconcileOne(world({ planAgeMs: MINUTE }).ports, scheduled), "watched on");
  const early = pending({ sendAtMs: NOW + 10 * MINUTE });
  assert.equal(await reconcileOne(world({ planAgeMs: MINUTE }).ports, early), "planned again");
});

test("what somebody else has moved on meanwhile is not sent again", async () => {
  const { ports, steps } = world({ moved: true });
  assert.equal(await reconcileOne(ports, pending()), "watched on");
  assert.deepEqual(steps, ["look for plan 1 in 9 min"]);
});

test("what is over ends, or is looked at a minute later while a worker holds it", async () => {
  const over = pending({ expiresAtMs: NOW - 1 });
  assert.equal(await reconcileOne(world().ports, over), "expired");
  const held = world({ expires: false });
  assert.equal(await reconcileOne(held.ports, over), "watched on");
  assert.deepEqual(held.steps, ["look for plan 1 in 1 min"]);
  const { due: _due, ...ended } = over;
  assert.equal(await reconcileOne(world().ports, ended), "forgotten");
});
