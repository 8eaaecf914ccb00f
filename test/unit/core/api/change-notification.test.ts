import assert from "node:assert/strict";
import { test } from "node:test";
import { type ChangePorts, changeNotification } from "../../../../functions/core/api/change-notification.ts";
import type { App } from "../../../../functions/core/app/app.ts";
import type { Notification, NotificationBody } from "../../../../functions/core/notification/notification.ts";

const T0 = Date.UTC(2026, 10, 20, 12);
const MINUTE = 60_000;
const APP: App = {
  id: "a",
  createdAtMs: 1,
  origins: [],
  categories: {},
  providers: {},
  defaults: { icon: "https://a.example/i.png" },
  limits: {},
};

const scheduled = (more: Partial<Notification> = {}): Notification => ({
  version: 1,
  app: "a",
  id: "n1",
  state: "scheduled",
  revision: 1,
  fingerprint: "f",
  createdAtMs: T0,
  sendAtMs: T0 + 60 * MINUTE,
  expiresAtMs: T0 + 120 * MINUTE,
  category: "transactional",
  priority: "high",
  channels: ["inApp"],
  audience: "users",
  recipients: 2,
  buckets: 1,
  rules: { attempts: 3, unknown: "resend", window: 50 },
  doneBuckets: [],
  bodyChunks: 0,
  ...more,
});

function world(header: Notification, { lost = false, large = false, unscheduled = false } = {}) {
  const calls: string[] = [];
  let body: NotificationBody = { to: { users: ["x", "y"] }, content: { title: "Old" } };
  const ports: ChangePorts = {
    now: () => T0,
    newAttempt: () => "attempt 2",
    get: async () => header,
    change: async () => !lost,
    bodies: {
      read: async () => body,
      write: async ({ revision, attempt }, next) => {
        calls.push(`body ${revision}`);
        body = next;
        return large ? { bodyChunks: 1, bodyAt: attempt } : { body, bodyChunks: 0 };
      },
    },
    guardPayload: () => undefined,
    enqueuePlan: async ({ revision }, _notification, delayMs) => {
      calls.push(`plan ${revision} in ${delayMs / MINUTE}`);
    },
    schedule: async ({ revision }, fireAtMs) => {
      if (unscheduled) throw new Error("throttled");
      calls.push(`schedule ${revision} at ${(fireAtMs - T0) / MINUTE}`);
    },
    deleteSchedule: async ({ revision }) => {
      calls.push(`unschedule ${revision}`);
    },
    report: () => void calls.push("reported"),
  };
  return { ports, calls };
}

const at = (minutes: number) => new Date(T0 + minutes * MINUTE).toISOString();

test("later by a schedule, sooner by a delay: the old revision's messages are void either way", async () => {
  const far = world(scheduled());
  const { notification: changed } = await changeNotification(far.ports, APP, "n1", { sendAt: at(90) });
  assert.deepEqual(far.calls, ["body 2", "schedule 2 at 89", "unschedule 1"]);
  assert.equal(changed.revision, 2);
  assert.equal(changed.expiresAtMs, T0 + 150 * MINUTE);
  assert.equal(changed.due?.atMs, T0 + 91 * MINUTE);
  const near = world(scheduled());
  await changeNotification(near.ports, APP, "n1", { sendAt: at(5) });
  assert.deepEqual(near.calls, ["body 2", "plan 2 in 5", "unschedule 1"]);
});

test("content is replaced with the app's defaults, the time stays", async () => {
  const { ports, calls } = world(scheduled());
  const { notification: changed } = await changeNotification(ports, APP, "n1", { content: { title: "New" } });
  assert.equal(changed.sendAtMs, T0 + 60 * MINUTE);
  assert.deepEqual(changed.body?.content, { icon: "https://a.example/i.png", title: "New" });
  assert.deepEqual(calls, ["body 2", "schedule 2 at 59", "unschedule 1"]);
});

test("a change whose schedule cannot be made is looked for before its time; one that lost takes its own back", async () => {
  const { ports, calls } = world(scheduled(), { unscheduled: true });
  const { notification } = await changeNotification(ports, APP, "n1", { sendAt: at(90) });
  assert.equal(notification.due?.atMs, T0 + 82 * MINUTE);
  assert.deepEqual(calls, ["body 2", "reported", "unschedule 1"]);
  const lost = world(scheduled(), { lost: true });
  await assert.rejects(changeNotification(lost.ports, APP, "n1", { sendAt: at(90) }), { code: "conflict" });
  assert.deepEqual(lost.calls, ["body 2", "schedule 2 at 89", "unschedule 2"]);
});

/** Two changes of one notification whose writes come in this order; the schedules that stay, by their attempts. */
async function twoChanges(first: string) {
  const before = scheduled({ attempt: "zero" });
  const standing = new Map([["zero", before.sendAtMs!]]);
  const written = Promise.withResolvers<void>();
  let header = before;
  const changing = (attempt: string, minutes: number) => {
    const own: ChangePorts = {
      ...world(before).ports,
      newAttempt: () => attempt,
      async change(next) {
        if (attempt !== first) await written.promise;
        if (header.revision !== next.revision - 1) return false;
        header = next;
        written.resolve();
        return true;
      },
      schedule: async (made, fireAtMs) => void standing.set(made.attempt, fireAtMs),
      deleteSchedule: async (gone) => void standing.delete(gone.attempt!),
    };
    return changeNotification(own, APP, "n1", { sendAt: at(minutes) });
  };
  const ended = await Promise.allSettled([changing("one", 90), changing("two", 120)]);
  return { ended: ended.map(({ status }) => status), standing, header };
}

test("two changes at once: whichever is written, its schedule is the one that stays", async () => {
  for (const [first, statuses] of [
    ["one", ["fulfilled", "rejected"]],
    ["two", ["rejected", "fulfilled"]],
  ] as const) {
    const { ended, standing, header } = await twoChanges(first);
    assert.deepEqual(ended, statuses);
    assert.deepEqual([...standing], [[first, header.sendAtMs! - MINUTE]]);
  }
});

test("a changed body lies apart from the one before it, wherever either lies", async () => {
  const was = scheduled({ bodyChunks: 3, bodyAt: "attempt 1" });
  const change = { content: { title: "New" } };
  const small = (await changeNotification(world(was).ports, APP, "n1", change)).notification;
  assert.deepEqual([small.bodyChunks, small.bodyAt, small.body?.content.title], [0, undefined, "New"]);
  const inline = scheduled({ body: { to: { users: ["x"] }, content: { title: "Old" } } });
  const { ports } = world(inline, { large: true });
  const grown = (await changeNotification(ports, APP, "n1", change)).notification;
  assert.deepEqual([grown.bodyChunks, grown.bodyAt, grown.body], [1, "attempt 2", undefined]);
});

test("what cannot be changed any more, or not like that, is refused", async () => {
  const refused = async (header: Notification, change: object, code: string, lost = false) => {
    const { ports, calls } = world(header, { lost });
    await assert.rejects(changeNotification(ports, APP, "n1", change), { code });
    assert.ok(!calls.some((call) => /plan|unschedule 1/.test(call)));
  };
  await refused(scheduled(), {}, "invalid_request");
  await refused(scheduled(), { sendAt: at(-1) }, "time_in_past");
  await refused(scheduled(), { sendAt: at(600_000) }, "time_too_far");
  await refused(scheduled(), { content: {} }, "invalid_request");
  await refused(scheduled(), { content: { title: "t", apple: { pushType: "voip" } } }, "conflict");
  await refused(scheduled({ state: "sending" }), { sendAt: at(90) }, "conflict");
  await refused(scheduled({ sendAtMs: T0 + 500 }), { sendAt: at(90) }, "conflict");
  await refused(scheduled(), { sendAt: at(90) }, "conflict", true);
});
