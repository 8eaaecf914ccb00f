import assert from "node:assert/strict";
import { test } from "node:test";
import type { App } from "../../../../functions/core/app/app.ts";
import { fromWire, type Job, whyEmpty } from "../../../../functions/core/dispatch/job.ts";
import {
  type AcceptPorts,
  acceptNotification,
  planMessage,
} from "../../../../functions/core/notification/accept.ts";
import {
  type Notification,
  type PlanMessage,
  shortJobId,
} from "../../../../functions/core/notification/notification.ts";
import type { SendRequest } from "../../../../functions/core/notification/request.ts";
import { decideInline, openInlineJobs } from "../../../../functions/core/plan/plan-inline.ts";
import type { ProviderName } from "../../../../functions/core/words.ts";
import { person, phone } from "../plan/world.ts";

const T0 = Date.UTC(2026, 10, 20, 12);
const APP: App = {
  id: "a",
  createdAtMs: 1,
  origins: [],
  categories: {},
  providers: {},
  defaults: {},
  limits: {},
};
const MINUTE = 60_000;
const REQUEST: SendRequest = {
  id: "n1",
  to: { users: ["x"] },
  channels: ["mobilePush"],
  content: { title: "Hi" },
};
const CONFIGURED = new Set<ProviderName>(["apns", "fcm"]);

type Fault = {
  paused?: boolean;
  noRead?: boolean;
  noQueue?: boolean;
  noPlanQueue?: boolean;
  largeBody?: boolean;
  noSchedule?: boolean;
};

/** What a request writes and sends, in order, while parts of AWS fail. */
function world(fault: Fault = {}, people = [person("x", [phone("p1")])]) {
  const steps: string[] = [];
  const jobs: Job[] = [];
  const headers = new Map<string, Notification>();
  const clock = { nowMs: T0 };
  let attempts = 0;
  const reader = {
    list: async (_app: string, users: readonly string[]) => {
      if (fault.noRead) throw new Error("throttled");
      clock.nowMs += 500;
      return users.map((user) => people.find((one) => one.user === user));
    },
  };
  const inline = {
    now: () => clock.nowMs,
    reader,
    facts: async () => ({ configured: CONFIGURED, paused: fault.paused === true }),
  };
  const ports: AcceptPorts = {
    now: () => clock.nowMs,
    newId: () => "generated",
    newAttempt: () => `attempt ${attempts++}`,
    headers: {
      create: async (notification) => {
        const existing = headers.get(notification.id);
        if (existing === undefined) headers.set(notification.id, notification);
        steps.push("header");
        return existing;
      },
      planned: async (notification, state) => {
        steps.push(`state ${state}`);
        return notification;
      },
    },
    bodies: {
      write: async ({ attempt }, body) => {
        steps.push(fault.largeBody ? `body at ${attempt}` : "body");
        return fault.largeBody ? { bodyChunks: 1, bodyAt: attempt } : { body, bodyChunks: 0 };
      },
    },
    admit: async () => undefined,
    startLadder: async () => {
      steps.push("ladder");
    },
    guardPayload: () => undefined,
    enqueuePlan: async (_message: PlanMessage, _notification, delayMs) => {
      if (fault.noPlanQueue) throw new Error("queues are down");
      steps.push(`plan message in ${delayMs / 1000} s`);
    },
    schedule: async ({ attempt }, fireAtMs) => {
      if (fault.noSchedule) throw new Error("throttled");
      steps.push(`schedule of ${attempt} in ${(fireAtMs - T0) / MINUTE} min`);
    },
    deleteSchedule: async ({ attempt }) => void steps.push(`no schedule of ${attempt}`),
    decideInline: (notification, body) => decideInline(inline, notification, body).catch(() => undefined),
    sendJobs: async (_notification, all) => {
      if (fault.noQueue) throw new Error("queue is down");
      jobs.push(...all);
      steps.push(`jobs ${all.length}`);
    },
    report: () => void steps.push("reported"),
  };
  return { ports, steps, jobs, headers, inline, clock };
}

test("a short list costs one header write: its decisions ride in it, then its jobs go out", async () => {
  const { ports, steps, jobs, headers } = world();
  const { notification } = await acceptNotification(ports, APP, REQUEST);
  assert.deepEqual(steps, ["body", "header", "jobs 1"]);
  assert.equal(notification.state, "sending");
  assert.equal(headers.get("n1")?.row?.jobs[0]?.id, jobs[0]?.id);
  assert.equal(jobs[0]?.ofJobs, 1);
  // Should the jobs get lost all the same, the reconciler looks in a minute.
  assert.equal(headers.get("n1")?.due?.atMs, T0 + 60_000);
});

test("a header whose answer was lost, and which the SDK wrote again, is our own: its jobs go out", async () => {
  const { ports, steps, jobs } = world();
  const { create } = ports.headers;
  ports.headers.create = async (notification) => {
    await create(notification);
    return create(notification);
  };
  const { replayed } = await acceptNotification(ports, APP, REQUEST);
  assert.equal(replayed, false);
  assert.equal(jobs.length, 1);
  assert.deepEqual(steps.at(-1), "jobs 1");
  assert.equal(
    (await acceptNotification(ports, APP, REQUEST)).replayed,
    true,
    "another request is a repetition",
  );
  assert.equal(jobs.length, 1);
});

test("nobody to send to: the notification is complete as it is accepted, and nobody watches it", async () => {
  const { ports, steps, headers } = world({}, []);
  const { notification } = await acceptNotification(ports, APP, REQUEST);
  assert.deepEqual(steps, ["body", "header"]);
  assert.equal(notification.state, "completed");
  assert.equal(headers.get("n1")?.due, undefined);
  assert.equal(headers.get("n1")?.row?.walked, 1);
});

test("jobs that their queue does not take are left to the plan message, and those to the reconciler", async () => {
  const queue = world({ noQueue: true });
  await acceptNotification(queue.ports, APP, REQUEST);
  assert.deepEqual(queue.steps, ["body", "header", "reported", "plan message in 0 s"]);
  const nothing = world({ noQueue: true, noPlanQueue: true });
  const { notification } = await acceptNotification(nothing.ports, APP, REQUEST);
  assert.deepEqual(nothing.steps, ["body", "header", "reported", "reported"]);
  assert.equal(notification.due?.what, "plan");
});

test("changes since its people were read are looked for, not since its jobs were made", async () => {
  const { ports, jobs, headers, inline, clock } = world();
  await acceptNotification(ports, APP, REQUEST);
  assert.equal(jobs[0]?.plannedAtMs, T0, "the read took half a second");
  const againMs = clock.nowMs;
  const body = { to: REQUEST.to, content: REQUEST.content };
  const header = headers.get("n1")!;
  const [again] = await openInlineJobs(inline, { ...header, row: header.row! }, body);
  assert.equal(again?.plannedAtMs, againMs);
});

test("a list that cannot be decided now, or may not, goes through the queue", async () => {
  for (const fault of [{ noRead: true }, { paused: true }]) {
    const { ports, steps, headers } = world(fault);
    await acceptNotification(ports, APP, REQUEST);
    assert.deepEqual(steps, ["body", "header", "plan message in 0 s", "state planning"]);
    assert.equal(headers.get("n1")?.row, undefined);
  }
});

test("the same request again is answered as before and sends nothing; another under its id is refused", async () => {
  const { ports, jobs } = world();
  await acceptNotification(ports, APP, REQUEST);
  const again = await acceptNotification(ports, APP, REQUEST);
  assert.equal(again.replayed, true);
  assert.equal(jobs.length, 1);
  const other = { ...REQUEST, content: { title: "Other" } };
  await assert.rejects(acceptNotification(ports, APP, other), { code: "idempotency_mismatch" });
});

test("a large body lies where its own attempt put it, and workers of 0.1, who would not find it, leave it alone", async () => {
  const { ports, steps, jobs, headers } = world({ largeBody: true });
  await acceptNotification(ports, APP, REQUEST);
  const other = { ...REQUEST, content: { title: "Other" } };
  await assert.rejects(acceptNotification(ports, APP, other), { code: "idempotency_mismatch" });
  const { attempt, bodyAt, body } = headers.get("n1")!;
  assert.deepEqual([bodyAt, body], [attempt, undefined]);
  assert.deepEqual(
    steps.filter((step) => step.startsWith("body")),
    ["body at attempt 0", "body at attempt 1"],
  );
  assert.equal(jobs[0]?.v, 2);
  assert.equal(planMessage(headers.get("n1")!).v, 2);
});

const later = (minutes: number): SendRequest => ({
  ...REQUEST,
  sendAt: new Date(T0 + minutes * MINUTE).toISOString(),
});

test("what lies far ahead is scheduled before its header stands: no death in between can lose it", async () => {
  const { ports, steps, headers } = world();
  await acceptNotification(ports, APP, later(60));
  assert.deepEqual(steps, ["body", "schedule of attempt 0 in 59 min", "header"]);
  assert.equal(headers.get("n1")?.due?.atMs, T0 + 61 * MINUTE);
  const near = world();
  await acceptNotification(near.ports, APP, later(15));
  assert.deepEqual(near.steps, ["body", "header", "plan message in 900 s"]);
});

test("a schedule that cannot be made is told to the header: the reconciler looks before its time", async () => {
  const { ports, steps, headers } = world({ noSchedule: true });
  const { replayed } = await acceptNotification(ports, APP, later(60));
  assert.equal(replayed, false);
  assert.deepEqual(steps, ["body", "reported", "header"]);
  assert.deepEqual(headers.get("n1")?.due, { atMs: T0 + 52 * MINUTE, step: 0, what: "plan" });
});

test("a repetition takes back its own schedule, never that of what was accepted", async () => {
  const { ports, steps } = world();
  await acceptNotification(ports, APP, later(60));
  steps.length = 0;
  assert.equal((await acceptNotification(ports, APP, later(60))).replayed, true);
  assert.deepEqual(steps, ["body", "schedule of attempt 1 in 59 min", "header", "no schedule of attempt 1"]);
  await assert.rejects(acceptNotification(ports, APP, later(90)), { code: "idempotency_mismatch" });
  assert.equal(steps.at(-1), "no schedule of attempt 2");
});

test("jobs made again from a header are the same jobs, without those that are closed", async () => {
  const people = [person("x", [phone("p1"), phone("p2", "fcmToken")])];
  const { ports, jobs, headers, inline } = world({}, people);
  await acceptNotification(ports, APP, REQUEST);
  const header = headers.get("n1")!;
  const body = { to: REQUEST.to, content: REQUEST.content };
  const again = await openInlineJobs(inline, { ...header, row: header.row! }, body);
  const ids = (list: readonly Job[]) => list.map(({ id, digest, targets }) => ({ id, digest, targets }));
  assert.deepEqual(ids(again), ids(jobs));
  const progress = {
    bucket: 0,
    cursor: null,
    planned: 2,
    held: 0,
    targets: 2,
    closed: 1,
    closedJobs: new Set([shortJobId(jobs[0]!.id)]),
    walked: 1,
    planDone: true,
    counts: {},
  };
  const rest = await openInlineJobs(inline, { ...header, row: header.row!, progress }, body);
  assert.deepEqual(ids(rest), ids(jobs.slice(1)));
});

test("jobs made again leave out, with the reason, who does not want it any more and whom it cannot reach", async () => {
  const mail = { email: "x@example.com" };
  const people = [
    { ...person("off", []), ...mail },
    { ...person("bounced", []), ...mail },
    { ...person("still", []), ...mail },
    person("gone", []),
  ];
  const { ports, jobs, headers, inline } = world({}, people);
  inline.facts = async () => ({ configured: new Set<ProviderName>(["ses", "websocket"]), paused: false });
  const request: SendRequest = {
    ...REQUEST,
    to: { users: ["off", "bounced", "still", "gone"] },
    channels: ["inApp", "email"],
  };
  await acceptNotification(ports, APP, request);
  const header = headers.get("n1")!;
  people[0] = { ...people[0]!, preferences: { ":email": false, [`${header.category}:inApp`]: false } };
  people[1] = { ...people[1]!, unreachable: { email: { atMs: T0, reason: "bounced" } } };
  people.pop();
  const body = { to: request.to, content: request.content };
  const again = await openInlineJobs(inline, { ...header, row: header.row! }, body);
  const held = again.map(({ provider, targets }) => [
    provider,
    targets.map((wire) => (fromWire(wire, "m") ? wire[0] : whyEmpty(wire))),
  ]);
  assert.deepEqual(Object.fromEntries(held), {
    websocket: ["preference_off", "bounced", "still", "device_removed"],
    ses: ["preference_off", "address_unreachable", "still"],
  });
  assert.deepEqual(
    again.map(({ id, digest }) => [id, digest]),
    jobs.map(({ id, digest }) => [id, digest]),
  );
});
