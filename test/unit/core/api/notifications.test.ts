import assert from "node:assert/strict";
import { test } from "node:test";
import { cancelNotification } from "../../../../functions/core/api/cancel-notification.ts";
import { openCursor, sealCursor } from "../../../../functions/core/api/cursor.ts";
import {
  type ListPlace,
  type ListPorts,
  listNotifications,
} from "../../../../functions/core/api/list-notifications.ts";
import type { Ledger } from "../../../../functions/core/ledger/ledger.ts";
import { MARK } from "../../../../functions/core/ledger/mark.ts";
import { notificationOf } from "../plan/world.ts";

const T0 = Date.UTC(2026, 10, 20, 12);
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
  const header = notificationOf({ state: "sending", recipients: 12 });
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
