import {
  type ExplainPorts,
  explainRecipient,
  type Receipts,
} from "../../../../functions/core/explain/explain-recipient.ts";
import type { Ledger } from "../../../../functions/core/ledger/ledger.ts";
import { MARK } from "../../../../functions/core/ledger/mark.ts";
import type { Notification, NotificationBody } from "../../../../functions/core/notification/notification.ts";
import { type Candidate, decide } from "../../../../functions/core/plan/decide.ts";
import { encodeRecords, type PlanRow } from "../../../../functions/core/plan/plan-row.ts";
import { listKey } from "../../../../functions/core/plan/shards.ts";
import type { Device, Recipient } from "../../../../functions/core/recipient/device.ts";
import type { ProviderName } from "../../../../functions/core/words.ts";

export const T0 = Date.UTC(2026, 4, 3, 12, 0, 0);
export const CONFIGURED = new Set<ProviderName>(["websocket", "apns", "fcm", "sns"]);

export const device = (id: string, kind: "apns" | "fcmToken", more: Partial<Device> = {}): Device => ({
  id,
  platform: kind === "apns" ? "ios" : "android",
  tokens: [{ kind, token: id, hash: `h-${id}`, registeredAtMs: 1 }],
  status: "active",
  registeredAtMs: 1,
  lastSeenAtMs: 1,
  ...more,
});

export const PEOPLE: Recipient[] = [
  {
    app: "a",
    user: "user01",
    createdAtMs: 1,
    devices: [
      device("pixel", "fcmToken", { model: "Pixel" }),
      device("iphone", "apns", {
        status: "unregistered",
        invalidatedAtMs: T0 - 86_400_000,
        reason: "Unregistered",
      }),
    ],
  },
  { app: "a", user: "user02", createdAtMs: 1, devices: [] },
  { app: "a", user: "user03", createdAtMs: 1, devices: [device("ipad", "apns", { model: "iPad" })] },
];

export const notification = (more: Partial<Notification> = {}): Notification => ({
  version: 1,
  app: "a",
  id: "n1",
  state: "completed",
  revision: 1,
  fingerprint: "f",
  createdAtMs: T0,
  expiresAtMs: T0 + 86_400_000,
  category: "transactional",
  priority: "high",
  channels: ["mobilePush"],
  audience: "users",
  recipients: 3,
  buckets: 1,
  rules: { attempts: 3, unknown: "resend", window: 50 },
  doneBuckets: [],
  bodyChunks: 0,
  ...more,
});

export function rowFor(
  header: Notification,
  people: readonly Candidate[],
  startKey: string,
  bucket = 0,
): PlanRow {
  const decided = people.map((candidate) => ({
    user: candidate.user,
    decision: decide({ category: header.category, channels: header.channels }, candidate, {
      configured: CONFIGURED,
    }),
  }));
  const counts = new Map<ProviderName, number>();
  for (const { provider } of decided.flatMap(({ decision }) => decision.targets))
    counts.set(provider, (counts.get(provider) ?? 0) + 1);
  return {
    version: 1,
    bucket,
    startKey,
    nextKey: null,
    walked: people.length,
    records: encodeRecords(decided),
    jobs: [...counts].map(([provider, count]) => ({ id: `job-${provider}`, provider, count })),
    createdAtMs: T0 + 20,
  };
}

export const ledgerOf = (jobId: string, more: Partial<Ledger>): Ledger => ({
  version: 1,
  jobId,
  digest: "",
  count: 1,
  state: "settled",
  owner: "o",
  revision: 3,
  leaseUntilMs: 0,
  startedThrough: 1,
  attempt: 1,
  passes: 1,
  crashes: 0,
  notBeforeMs: 0,
  updatedAtMs: T0 + 3_000,
  marks: new Uint8Array([MARK.accepted]),
  notes: {},
  ...more,
});

export type World = {
  header?: Notification;
  body?: NotificationBody;
  row?: PlanRow | undefined;
  ledgers?: Ledger[];
  people?: Recipient[];
  paused?: boolean;
  climbs?: PlanRow[];
  receipts?: Receipts;
};

export function portsFor(world: World): ExplainPorts {
  const header = world.header ?? notification();
  return {
    now: () => T0 + 5_000,
    get: async (_app, id) => (id === header.id ? header : undefined),
    body: async () =>
      world.body ?? { to: { users: PEOPLE.map(({ user }) => user) }, content: { title: "x" } },
    row: async () => world.row,
    climbs: async () => world.climbs ?? [],
    receipts: async () => world.receipts ?? {},
    ledger: async (_app, _id, _bucket, job) => world.ledgers?.find(({ jobId }) => jobId === job),
    recipient: async (_app, user) => (world.people ?? PEOPLE).find((person) => person.user === user),
    facts: async () => ({ configured: CONFIGURED, paused: world.paused ?? false }),
    codeTexts: (provider, status, reason) =>
      provider === "apns" && reason === "BadDeviceToken" && status === 400
        ? { en: "The device token is wrong.", zh: "设备令牌错误。" }
        : undefined,
  };
}

export const planned = () =>
  rowFor(
    notification(),
    PEOPLE.map((recipient) => ({ user: recipient.user, recipient })),
    listKey(0),
  );

export const ask = (world: World, user: string) => explainRecipient(portsFor(world), "a", "n1", user);
