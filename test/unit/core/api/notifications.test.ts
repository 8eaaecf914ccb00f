import assert from "node:assert/strict";
import { test } from "node:test";
import { cancelNotification } from "../../../../functions/core/api/cancel-notification.ts";
import { type ChangePorts, changeNotification } from "../../../../functions/core/api/change-notification.ts";
import { openCursor, sealCursor } from "../../../../functions/core/api/cursor.ts";
import {
  type ListPlace,
  type ListPorts,
  listNotifications,
} from "../../../../functions/core/api/list-notifications.ts";
import type { App } from "../../../../functions/core/app/app.ts";
import type { Ledger } from "../../../../functions/core/ledger/ledger.ts";
import { MARK } from "../../../../functions/core/ledger/mark.ts";
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

function world(header: Notification, { lost = false, large = false } = {}) {
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
    moveSchedule: async ({ revision }, fireAtMs) => {
      calls.push(`schedule ${revision} at ${(fireAtMs - T0) / MINUTE}`);
    },
    deleteSchedule: async () => {
      calls.push("unschedule");
    },
  };
  return { ports, calls };
}

const at = (minutes: number) => new Date(T0 + minutes * MINUTE).toISOString();

test("later by a schedule, sooner by a delay: the old revision's messages are void either way", async () => {
  const far = world(scheduled());
  const { notification: changed } = await changeNotification(far.ports, APP, "n1", { sendAt: at(90) });
  assert.deepEqual(far.calls, ["body 2", "schedule 2 at 89"]);
  assert.equal(changed.revision, 2);
  assert.equal(changed.expiresAtMs, T0 + 150 * MINUTE);
  assert.equal(changed.due?.atMs, T0 + 91 * MINUTE);
  const near = world(scheduled());
  await changeNotification(near.ports, APP, "n1", { sendAt: at(5) });
  assert.deepEqual(near.calls, ["body 2", "plan 2 in 5", "unschedule"]);
});

test("content is replaced with the app's defaults, the time stays", async () => {
  const { ports, calls } = world(scheduled());
  const { notification: changed } = await changeNotification(ports, APP, "n1", { content: { title: "New" } });
  assert.equal(changed.sendAtMs, T0 + 60 * MINUTE);
  assert.deepEqual(changed.body?.content, { icon: "https://a.example/i.png", title: "New" });
  assert.deepEqual(calls, ["body 2", "schedule 2 at 59"]);
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
    assert.ok(!calls.some((call) => /plan|schedule/.test(call)));
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

const ledger = (jobId: string, marks: number[], state: Ledger["state"]): Ledger => ({
  version: 1,
  jobId,
  digest: "",
  count: marks.length,
  state,
  owner: "",
  revision: 1,
  leaseUntilMs: 0,
  startedThrough: 0,
  attempt: 1,
  passes: 1,
  crashes: 0,
  notBeforeMs: 0,
  updatedAtMs: 0,
  marks: new Uint8Array(marks),
  notes: {},
});

test("cancelling counts what was accepted, in closed jobs and in open ones", async () => {
  const header = scheduled({ state: "sending", recipients: 12 });
  delete header.sendAtMs;
  const ledgers = [
    // Settled and counted; a short list's ledger is never written as closed.
    ledger("closed", [MARK.accepted, MARK.accepted, MARK.gone], "settled"),
    ledger("open", [MARK.accepted, MARK.rejected, MARK.pending, MARK.retry], "leased"),
  ];
  const ports = {
    get: async () => header,
    cancel: async () => ({ ...header, state: "cancelled" as const }),
    deleteSchedule: async () => assert.fail("nothing was scheduled"),
    async *ledgers() {
      yield* ledgers;
    },
    progress: async () => ({
      bucket: 0,
      cursor: null,
      planned: 3,
      held: 0,
      targets: 9,
      closed: 1,
      closedJobs: new Set(["closed"]),
      walked: 9,
      planDone: false,
      counts: { "inApp.websocket.accepted": 2, "inApp.websocket.gone": 1 },
    }),
  };
  assert.deepEqual(await cancelNotification(ports, "a", "n1"), {
    id: "n1",
    state: "cancelled",
    accepted: 3,
    stopped: 4,
    undecided: 3,
  });
  const completed = { ...header, state: "completed" as const };
  const over = { ...ports, get: async () => completed, cancel: async () => undefined };
  await assert.rejects(cancelNotification(over, "a", "n1"), { code: "conflict" });
});

test("a cursor is good for its own app and query, and unforgeable", () => {
  const scope = { app: "a", query: { state: "sending", category: "x" } };
  const cursor = sealCursor({ dayMs: 1 }, scope, "secret");
  assert.deepEqual(openCursor(cursor, { app: "a", query: { category: "x", state: "sending" } }, "secret"), {
    dayMs: 1,
  });
  const forged = `${Buffer.from('{"dayMs":2}').toString("base64url")}.${cursor.split(".")[1]}`;
  for (const [text, other, secret] of [
    [cursor, { ...scope, app: "b" }, "secret"],
    [cursor, { ...scope, query: {} }, "secret"],
    [cursor, scope, "other"],
    [forged, scope, "secret"],
    ["", scope, "secret"],
    ["x", scope, "secret"],
  ] as const)
    assert.throws(() => openCursor(text, other, secret), { code: "invalid_request" });
});

test("days side by side lose nothing and repeat nothing, however full they are", async () => {
  const day = 86_400_000;
  const today = Math.floor(T0 / day) * day;
  /** Rows of each day, today first. */
  const days = [0, 0, 3, 0, 7, 2, 0, 0, 0, 1, 4, 0, 2];
  const all = days.flatMap((count, back) => Array.from({ length: count }, (_, n) => `${back}-${n}`));
  const ports: ListPorts = {
    async day({ dayMs, limit, before }) {
      const back = (today - dayMs) / day;
      const ids = Array.from({ length: days[back] ?? 0 }, (_, n) => `${back}-${n}`);
      const rest = before === undefined ? ids : ids.slice(ids.indexOf(before) + 1);
      const shown = rest.slice(0, limit);
      const rows = shown.map(
        (id) => ({ id, state: "completed", category: "c", createdAtMs: dayMs }) as const,
      );
      return { rows, ...(shown.length < rest.length && { next: shown.at(-1)! }) };
    },
  };
  for (const limit of [1, 2, 3, 5, 100]) {
    const found: string[] = [];
    let place: ListPlace | undefined;
    do {
      const question = { app: "a", fromMs: today - 12 * day, toMs: T0, limit };
      const { rows, next } = await listNotifications(ports, question, place);
      found.push(...rows.map(({ id }) => id));
      place = next;
    } while (place);
    assert.deepEqual(found, all, `pages of ${limit}`);
  }
});

test("a list goes from day to day, stops at its range, and refuses one that is turned round", async () => {
  const day = 86_400_000;
  const asked: number[] = [];
  const ports = {
    day: async ({ dayMs }: { dayMs: number }) => {
      asked.push((Math.floor(T0 / day) * day - dayMs) / day);
      return { rows: [] };
    },
  };
  const question = { app: "a", fromMs: T0 - 3 * day, toMs: T0, limit: 5 };
  assert.deepEqual(await listNotifications(ports, question), { rows: [] });
  assert.deepEqual(asked, [0, 1, 2, 3]);
  asked.length = 0;
  assert.deepEqual(await listNotifications(ports, { ...question, bornMs: T0 - day }), { rows: [] });
  assert.deepEqual(asked, [0, 1], "nothing is older than its app");
  const turned = { ...question, fromMs: T0 + 1 };
  await assert.rejects(listNotifications(ports, turned), { code: "invalid_request" });
});
