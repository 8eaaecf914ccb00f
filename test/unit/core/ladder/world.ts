import type { Job } from "../../../../functions/core/dispatch/job.ts";
import { type ClimbMessage, type ClimbPorts, climbPage } from "../../../../functions/core/ladder/climb.ts";
import { climbName } from "../../../../functions/core/ladder/climb-key.ts";
import type { Rung } from "../../../../functions/core/ladder/rungs.ts";
import { openLedger } from "../../../../functions/core/ledger/claim.ts";
import type { Ledger } from "../../../../functions/core/ledger/ledger.ts";
import { MARK, type MarkName } from "../../../../functions/core/ledger/mark.ts";
import type { Notification } from "../../../../functions/core/notification/notification.ts";
import { decidePage, jobsOf } from "../../../../functions/core/plan/plan-page.ts";
import type { PlanRow } from "../../../../functions/core/plan/plan-row.ts";
import type { Recipient } from "../../../../functions/core/recipient/device.ts";
import type { ProviderName } from "../../../../functions/core/words.ts";

export const T0 = 1_000_000;
const PAGE = "000000";
const facts = {
  configured: new Set<ProviderName>(["websocket", "apns", "fcm", "mi", "jpush", "sns", "ses"]),
  paused: false,
};

export const person = (user: string, extra: Partial<Recipient> = {}): Recipient => ({
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

export function world(
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
  const state = {
    counted: new Set<string>(),
    closed: 0,
    acked: new Set<string>(),
    dieBeforeSending: false,
    reads: 0,
  };
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
    async read() {
      state.reads++;
      return page();
    },
    acknowledged: async (_place, users) => new Set(users.filter((user) => state.acked.has(user))),
    async sendJobs(_notification, jobs) {
      if (state.dieBeforeSending) throw new Error("killed");
      keep(jobs);
    },
    progress: async () => ({ climbs: state.counted }) as never,
    async addClimb(_place, row) {
      state.counted.add(climbName(row.startKey));
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
