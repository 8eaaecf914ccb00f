import type { Job } from "../../../../functions/core/dispatch/job.ts";
import { shardOf } from "../../../../functions/core/hash.ts";
import type {
  Notification,
  NotificationBody,
  PlanMessage,
  Progress,
} from "../../../../functions/core/notification/notification.ts";
import type { PlanRow } from "../../../../functions/core/plan/plan-row.ts";
import type { PlanPorts } from "../../../../functions/core/plan/plan-slice.ts";
import type { Device, Recipient } from "../../../../functions/core/recipient/device.ts";
import type { DeviceTokenKind } from "../../../../functions/core/token-kinds.ts";
import type { ProviderName } from "../../../../functions/core/words.ts";

export function phone(id: string, kind: Exclude<DeviceTokenKind, "webpush"> = "apns"): Device {
  const at = 1_000;
  return {
    id,
    platform: kind === "apns" ? "ios" : "android",
    status: "active",
    registeredAtMs: at,
    lastSeenAtMs: at,
    tokens: [{ kind, token: `token-${id}`, hash: `h-${id}`, registeredAtMs: at }],
  };
}

export function browser(id: string): Device {
  const keys = { p256dh: "p".repeat(87), auth: "a".repeat(22) };
  const token = `https://push.example/${id}`;
  return {
    ...phone(id),
    platform: "web",
    tokens: [{ kind: "webpush", token, hash: id, registeredAtMs: 1, keys }],
  };
}

/** A phone that two providers reach. */
export const withTwoRoads = (id: string): Device => ({
  ...phone(id),
  tokens: [...phone(id).tokens, ...phone(id, "fcmToken").tokens],
});

export const person = (user: string, devices: Device[], createdAtMs = 1): Recipient => ({
  app: "a",
  user,
  createdAtMs,
  devices,
});

export function notificationOf(change: Partial<Notification> = {}): Notification {
  return {
    version: 1,
    app: "a",
    id: "n1",
    state: "accepted",
    revision: 1,
    fingerprint: "f",
    createdAtMs: 10_000,
    expiresAtMs: 10_000_000,
    category: "transactional",
    priority: "high",
    channels: ["mobilePush"],
    audience: "users",
    recipients: 1,
    buckets: 1,
    rules: { attempts: 3, unknown: "resend", window: 50 },
    doneBuckets: [],
    bodyChunks: 0,
    ...change,
  };
}

/** A planner's world in memory: what is stored, what was sent, and where the planner is told to die. */
export type PlanWorld = {
  people: Recipient[];
  online: Set<string>;
  rows: Map<string, PlanRow>;
  progress: Map<number, Progress & { cursor: string | null }>;
  jobs: Job[];
  plans: PlanMessage[];
  /** Start keys of the pages whose ladders are looked after. */
  ladders: string[];
  ended: boolean[];
  header: Notification;
  nowMs: number;
  dieAt: number;
  steps: number;
};

export class Killed extends Error {}

export function planWorld(
  header: Notification,
  body: NotificationBody,
  people: Recipient[],
): { world: PlanWorld; ports: PlanPorts } {
  const world: PlanWorld = {
    people,
    online: new Set(),
    rows: new Map(),
    progress: new Map(),
    jobs: [],
    plans: [],
    ladders: [],
    ended: [],
    header,
    nowMs: 20_000,
    dieAt: 0,
    steps: 0,
  };
  const step = () => {
    world.steps++;
    if (world.steps === world.dieAt) throw new Killed();
  };
  return { world, ports: portsOf(world, body, step) };
}

function portsOf(world: PlanWorld, body: NotificationBody, step: () => void): PlanPorts {
  const shards = new Map<number, Recipient[]>();
  for (const one of [...world.people].sort((a, b) => (a.user < b.user ? -1 : 1))) {
    const shard = shards.get(shardOf(one.user)) ?? [];
    shards.set(shardOf(one.user), shard);
    shard.push(one);
  }
  return {
    now: () => world.nowMs,
    reader: {
      list: async (_app, users) => users.map((user) => world.people.find((one) => one.user === user)),
      shardPage: async (_app, shard, after, limit) =>
        (shards.get(shard) ?? []).filter(({ user }) => user > after).slice(0, limit),
      onlineBetween: async (_app, _shard, first, last) =>
        new Set([...world.online].filter((user) => user >= first && user <= last)),
    },
    headers: {
      get: async () => world.header,
      begin: async () => world.header,
      planned: async () => world.header,
      cancel: async () => {
        world.header = { ...world.header, state: "cancelled" };
      },
      split: async (_n, buckets, createdBeforeMs) => {
        world.header = {
          ...world.header,
          buckets: world.header.buckets ?? buckets,
          createdBeforeMs: world.header.createdBeforeMs ?? createdBeforeMs,
        };
        return world.header;
      },
    },
    bodies: { read: async () => body },
    progress: {
      get: async (_app, _id, bucket) => world.progress.get(bucket),
      movePage: async (_n, page) => {
        step();
        const before = world.progress.get(page.bucket);
        if (before && before.cursor !== page.startKey) return undefined;
        const after = {
          bucket: page.bucket,
          cursor: page.nextKey,
          planned: (before?.planned ?? 0) + page.jobs,
          held: (before?.held ?? 0) + page.holds,
          targets: (before?.targets ?? 0) + page.targets,
          closed: 0,
          closedJobs: new Set<string>(),
          walked: (before?.walked ?? 0) + page.walked,
          planDone: page.nextKey === null,
          counts: {},
        };
        world.progress.set(page.bucket, after);
        step();
        return after;
      },
    },
    facts: async () => ({
      configured: new Set<ProviderName>(["apns", "fcm", "webpush", "websocket", "meizu", "oppo"]),
      paused: false,
    }),
    userCount: async () => world.people.length,
    storeBroadcast: async () => step(),
    startLadder: async (_n, row) => {
      step();
      world.ladders.push(row.startKey);
    },
    enqueuePlans: async (messages) => {
      step();
      world.plans.push(...messages);
    },
    settleBucket: async (_n, progress) => {
      world.ended.push(progress.planDone);
    },
    putRow: async (_n, row) => {
      step();
      const key = `${row.bucket}/${row.startKey}`;
      const existing = world.rows.get(key);
      if (existing) return existing;
      world.rows.set(key, structuredClone(row));
      step();
      return undefined;
    },
    sendJobs: async (_n, jobs) => {
      step();
      world.jobs.push(...structuredClone([...jobs]));
      step();
    },
  };
}
