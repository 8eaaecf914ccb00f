import assert from "node:assert/strict";
import { test } from "node:test";
import { openLedger } from "../../../../functions/core/ledger/claim.ts";
import type { Ledger } from "../../../../functions/core/ledger/ledger.ts";
import { countMarks } from "../../../../functions/core/ledger/mark.ts";
import { type ExpirePorts, expireNotification } from "../../../../functions/core/notification/expire.ts";
import type { Notification, Progress } from "../../../../functions/core/notification/notification.ts";
import type { PlanRow } from "../../../../functions/core/plan/plan-row.ts";
import { notificationOf } from "../plan/world.ts";

const NOW = 1_000_000;
const CALL_MS = 20;

const jobNamed = (n: number) =>
  ({ id: `job-${String(n).padStart(4, "0")}`, provider: "apns", count: 4 }) as const;

function rowOf(jobs: PlanRow["jobs"]): PlanRow {
  const records = new Uint8Array();
  return { version: 1, bucket: 0, startKey: "0", nextKey: null, walked: 1, records, jobs, createdAtMs: 0 };
}

type World = {
  jobs: number;
  ledgers?: Map<string, Ledger>;
  closed?: number[];
  planDone?: boolean;
  endsAtMs?: number;
};

/** A world in which each call takes its time. */
function world({ jobs, ledgers = new Map(), closed = [], planDone = true, endsAtMs = Infinity }: World) {
  let nowMs = NOW;
  const seen = { counts: new Map<string, Record<string, number>>(), ended: "" };
  const closedJobs = new Set(closed.map((n) => jobNamed(n).id.slice(0, 8)));
  const call = async <T>(answer: T): Promise<T> => {
    await new Promise((resolve) => setImmediate(resolve));
    nowMs += CALL_MS;
    return answer;
  };
  const row = rowOf(Array.from({ length: jobs }, (_, n) => jobNamed(n)));
  const ports: ExpirePorts = {
    now: () => nowMs,
    isOver: () => nowMs >= endsAtMs,
    progress: () => call({ planDone, closedJobs } as unknown as Progress),
    async *rows() {
      yield row;
    },
    ledger: (_n, _bucket, { id }) => call(ledgers.get(id)),
    openEnded: (_n, _bucket, ledger) => call(ledgers.set(ledger.jobId, ledger).size > 0),
    replace: (_n, _bucket, ledger) => call(ledgers.set(ledger.jobId, ledger).size > 0),
    addClosed: (_n, _bucket, id, counts) => call(void seen.counts.set(id, counts)),
    end: (_app, _id, state) => {
      seen.ended = state;
      return call({} as Notification);
    },
    forget: () => call(undefined),
  };
  return { ports, seen, ledgers };
}

const over = (change: Partial<Notification> = {}) =>
  notificationOf({ state: "sending", expiresAtMs: NOW - 1, ...change });

const leased = (change: Partial<Ledger>): Ledger => ({
  ...openLedger({
    jobId: jobNamed(0).id,
    digest: "d",
    count: 4,
    owner: "dead",
    nowMs: NOW - 100_000,
    leaseMs: 35_000,
    rules: { attempts: 3, unknown: "resend", window: 2 },
  }),
  ...change,
});

test("a job that nobody took is written expired, and its notification with it", async () => {
  const { ports, seen } = world({ jobs: 2, closed: [1] });
  assert.equal(await expireNotification(ports, over()), true);
  assert.deepEqual([...seen.counts], [[jobNamed(0).id, { "mobilePush.apns.expired": 4 }]]);
  assert.equal(seen.ended, "expired");
});

test("what a dead worker had begun may have been sent: it is unknown, and only the rest expired or cancelled", async () => {
  for (const [state, as] of [
    ["sending", "expired"],
    ["cancelled", "cancelled"],
  ] as const) {
    const ledgers = new Map([[jobNamed(0).id, leased({})]]);
    const { ports } = world({ jobs: 1, ledgers });
    assert.equal(await expireNotification(ports, over({ state })), true);
    const written = ledgers.get(jobNamed(0).id)!;
    assert.deepEqual(countMarks(written.marks), { unknown: 2, [as]: 2 });
    assert.notEqual(written.owner, "dead", "a worker that wakes would take it for its own write");
  }
});

test("what a worker still holds is left to it", async () => {
  const ledgers = new Map([[jobNamed(0).id, leased({ leaseUntilMs: NOW + 30_000 })]]);
  const { ports, seen } = world({ jobs: 2, ledgers });
  assert.equal(await expireNotification(ports, over()), false);
  assert.deepEqual([...seen.counts.keys()], [jobNamed(1).id]);
  assert.equal(seen.ended, "");
});

test("where everybody was sent to and only a rung's time lay behind the end, it is completed", async () => {
  const all = world({ jobs: 2, closed: [0, 1] });
  assert.equal(await expireNotification(all.ports, over()), true);
  assert.equal(all.seen.ended, "completed");
  const half = world({ jobs: 2, closed: [0, 1], planDone: false });
  await expireNotification(half.ports, over());
  assert.equal(half.seen.ended, "expired");
  const none = world({ jobs: 0 });
  await expireNotification(none.ports, over({ buckets: undefined }));
  assert.equal(none.seen.ended, "expired");
});

test("a run ends in time, and the next ones end what is left", async () => {
  const closed: number[] = [];
  let runs = 0;
  for (let ended = false; !ended; runs++) {
    const { ports, seen } = world({ jobs: 900, closed, endsAtMs: NOW + 20_000 });
    ended = await expireNotification(ports, over());
    assert.ok(ports.now() <= NOW + 21_000, "it looks at the time");
    assert.ok(seen.counts.size > 0, "each gets on");
    closed.push(...[...seen.counts.keys()].map((id) => Number(id.slice(4))));
  }
  assert.ok(runs > 1);
  assert.equal(new Set(closed).size, 900);
});
