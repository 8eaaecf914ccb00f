import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "../../../../functions/core/dispatch/job.ts";
import { userHash } from "../../../../functions/core/hash.ts";
import { type ClimbMessage, type ClimbPorts, climbPage } from "../../../../functions/core/ladder/climb.ts";
import { INBOX_ACK_MS } from "../../../../functions/core/ladder/judge.ts";
import { checkRungs, liveRungs, type Rung } from "../../../../functions/core/ladder/rungs.ts";
import { openLedger } from "../../../../functions/core/ledger/claim.ts";
import type { Ledger } from "../../../../functions/core/ledger/ledger.ts";
import { MARK, type MarkName } from "../../../../functions/core/ledger/mark.ts";
import type { Notification } from "../../../../functions/core/notification/notification.ts";
import { decidePage, jobsOf } from "../../../../functions/core/plan/plan-page.ts";
import { decodeRecords, type PlanRow } from "../../../../functions/core/plan/plan-row.ts";
import type { Recipient } from "../../../../functions/core/recipient/device.ts";
import type { ProviderName } from "../../../../functions/core/words.ts";

const T0 = 1_000_000;
const PAGE = "000000";
const facts = {
  configured: new Set<ProviderName>(["websocket", "apns", "sns", "ses"]),
  paused: false,
};

const person = (user: string, extra: Partial<Recipient> = {}): Recipient => ({
  app: "a",
  user,
  createdAtMs: 1,
  devices: [
    {
      id: "phone",
      platform: "ios",
      status: "active",
      registeredAtMs: 1,
      lastSeenAtMs: 1,
      tokens: [{ kind: "apns", token: `${user}-token`, hash: "", registeredAtMs: 1 }],
    },
  ],
  phone: "+4915112345678",
  email: `${user}@example.com`,
  ...extra,
});

const LADDER: Rung[] = [{ channels: ["sms"], afterS: 300 }, { channels: ["email"] }];

function world(
  people: Recipient[],
  ladder: Rung[] = LADDER,
  channels: Notification["channels"] = ["mobilePush"],
) {
  const notification = {
    ...{ version: 1, app: "a", id: "n", state: "sending", revision: 1, fingerprint: "", createdAtMs: T0 },
    ...{ expiresAtMs: T0 + 86_400_000, category: "transactional", priority: "high", audience: "users" },
    ...{ doneBuckets: [], bodyChunks: 0, rules: { attempts: 3, unknown: "resend", window: 50 } },
    channels,
    ladder,
  } as unknown as Notification;
  const now = { ms: T0 };
  const page = () => ({
    bucket: 0,
    startKey: PAGE,
    nextKey: null,
    candidates: people.map((recipient) => ({ user: recipient.user, recipient })),
    readAtMs: now.ms,
  });
  const rows: PlanRow[] = [decidePage(notification, facts, page())];
  const ledgers = new Map<string, Ledger>();
  const sent: Job[] = [];
  const state = { counted: new Set<string>(), closed: 0, acked: new Set<string>(), dieBeforeSending: false };
  const keep = (jobs: readonly Job[]) => {
    for (const job of jobs) {
      const rules = job.rules;
      const claim = {
        jobId: job.id,
        digest: "",
        count: job.targets.length,
        owner: "o",
        nowMs: T0,
        leaseMs: 0,
        rules,
      };
      if (!ledgers.has(job.id)) ledgers.set(job.id, openLedger(claim));
      if (!sent.some(({ id }) => id === job.id)) sent.push(job);
    }
  };
  keep(jobsOf(notification, rows[0]!, page()));
  const ports: ClimbPorts = {
    now: () => now.ms,
    get: async () => notification,
    facts: async () => facts,
    rows: async () => [...rows],
    async putClimb(_notification, row) {
      if (rows.some(({ startKey }) => startKey === row.startKey)) return false;
      rows.push(row);
      return true;
    },
    ledgers: async () => ledgers,
    read: async () => page(),
    acknowledged: async (_place, users) => new Set(users.filter((user) => state.acked.has(user))),
    async sendJobs(_notification, jobs) {
      if (state.dieBeforeSending) throw new Error("killed");
      keep(jobs);
    },
    progress: async () => ({ climbs: state.counted }) as never,
    async addClimb(_place, row) {
      state.counted.add(row.startKey);
    },
    async closeLadder() {
      state.closed++;
    },
  };
  const message = (timer: boolean): ClimbMessage => ({
    ...({ v: 2, kind: "climb", app: "a", notification: "n", bucket: 0, page: PAGE } as const),
    ...(timer && { timer }),
  });
  return {
    ports,
    rows,
    sent,
    state,
    now,
    notification,
    /** Handles a message until it says that it is done or waits for a later time. */
    async look(timer = false): Promise<string> {
      for (let turn = 0; turn < 10; turn++) {
        const answer = await climbPage(ports, message(timer));
        if (answer.kind === "done") return "done";
        if (answer.untilMs > now.ms) return `waits ${answer.untilMs - T0}`;
      }
      throw new Error("it goes round and round");
    },
    settle(provider: ProviderName, marks: MarkName[]) {
      const job = sent.findLast((one) => one.provider === provider)!;
      const ledger = ledgers.get(job.id)!;
      ledgers.set(job.id, {
        ...ledger,
        state: "settled",
        marks: Uint8Array.from(marks.map((mark) => MARK[mark])),
      });
    },
    users: (provider: ProviderName) =>
      sent.filter((job) => job.provider === provider).flatMap((job) => job.targets.map(([user]) => user)),
  };
}

test("who failed climbs at once, who was reached only after the time, each rung once", async () => {
  const w = world([person("ann"), person("bob"), person("cid")]);
  w.settle("apns", ["gone", "accepted", "accepted"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual(w.users("sns"), ["ann"]);
  w.state.acked.add("bob");
  assert.equal(await w.look(true), "waits 300000");
  w.now.ms = T0 + 300_000;
  w.settle("sns", ["accepted"]);
  assert.equal(await w.look(true), "waits 600000", "cid's message is on its way, and a rung is behind it");
  assert.deepEqual(w.users("sns"), ["ann", "cid"], "bob's receipt ended his ladder");
  assert.equal(w.state.closed, 0);
  w.settle("sns", ["rejected"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual(w.users("ses"), ["cid"]);
  assert.equal(w.state.closed, 1, "cid's mail is on its way, and nothing is behind it");
});

test("nobody left to climb closes the ladder", async () => {
  const w = world([person("ann")], [{ channels: ["sms"] }]);
  assert.equal(await w.look(), "done");
  assert.equal(w.state.closed, 0, "the phone's answer is not there yet");
  w.settle("apns", ["accepted"]);
  assert.equal(await w.look(), "done");
  assert.equal(w.state.closed, 1);
  assert.deepEqual(w.users("sns"), []);
});

test("a rung without a road is passed over; without any the person is written down and asked about no more", async () => {
  const { phone: _ann, ...ann } = person("ann");
  const { phone: _bob, email: _bobs, ...bob } = person("bob");
  const w = world([ann, bob]);
  w.settle("apns", ["gone", "gone"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual([w.users("sns"), w.users("ses")], [[], ["ann"]]);
  const climbs = [...decodeRecords(w.rows[1]!.records)];
  assert.deepEqual(
    climbs.map((record) => [record.userHash.equals(userHash("bob")), record.reason]),
    [
      [false, "sent"],
      [true, "no_address"],
    ],
  );
  assert.equal(await w.look(), "done");
  assert.equal(w.rows.length, 2);
});

test("two workers at once: one climbs, the other finds it done", async () => {
  const w = world([person("ann"), person("bob")]);
  w.settle("apns", ["gone", "gone"]);
  await Promise.all(Array.from({ length: 8 }, () => w.look()));
  assert.deepEqual(w.users("sns"), ["ann", "bob"]);
  assert.equal(w.rows.length, 2);
});

test("a death between row and jobs: the next look sends them, and no others", async () => {
  const w = world([person("ann")]);
  w.settle("apns", ["gone"]);
  w.state.dieBeforeSending = true;
  await assert.rejects(w.look(), /killed/);
  assert.deepEqual([w.rows.length, w.users("sns").length], [2, 0]);
  w.state.dieBeforeSending = false;
  assert.equal(await w.look(), "done");
  assert.deepEqual(w.users("sns"), ["ann"]);
  assert.deepEqual([w.rows.length, w.state.counted.size], [2, 1]);
});

test("the inbox: acknowledged in time it ends the ladder, otherwise the phone rings", async () => {
  const social: Rung[] = [{ channels: ["mobilePush"], afterS: 10 }];
  const w = world([person("ann"), person("bob")], social, ["inApp"]);
  w.settle("websocket", ["accepted", "accepted"]);
  assert.equal(await w.look(true), `waits ${INBOX_ACK_MS}`);
  w.state.acked.add("ann");
  w.now.ms = T0 + INBOX_ACK_MS;
  assert.equal(await w.look(true), "done");
  assert.deepEqual(w.users("apns"), ["bob"]);
});

test("cancelled, expired or erased people climb no more", async () => {
  const w = world([person("ann")]);
  w.settle("apns", ["gone"]);
  w.notification.state = "cancelled";
  assert.equal(await w.look(), "done");
  w.notification.state = "sending";
  w.now.ms = w.notification.expiresAtMs;
  assert.equal(await w.look(), "done");
  assert.equal(w.rows.length, 1);
});

test("a channel stands on one rung; rungs without a provider are left out", () => {
  assert.throws(
    () => checkRungs([{ channels: ["sms"] }, { channels: ["email", "sms"] }]),
    /names sms on two rungs/,
  );
  checkRungs([{ channels: ["sms", "sms"] }, { channels: ["email"] }]);
  const live = liveRungs(
    [{ channels: ["sms", "email"], afterS: 5 }, { channels: ["webhook"] }],
    new Set<ProviderName>(["ses"]),
  );
  assert.deepEqual(live, [{ channels: ["email"], afterS: 5 }]);
});
