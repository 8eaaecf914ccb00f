import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import type { LoadLevel } from "../../../functions/core/load/load-level.ts";
import type { WelcomeMessage } from "../../../functions/core/notification/welcome.ts";
import type { MessageAnswer } from "../../../functions/platform/queue-handler.ts";
import { welcome } from "../../../functions/platform/welcoming.ts";
import { headerStore } from "../../../functions/storage/headers.ts";
import { loadStore } from "../../../functions/storage/load.ts";
import { ADMIN_KEY, startHttpWorld } from "./http-world.ts";
import { toldLines } from "./told-lines.ts";

let world: Awaited<ReturnType<typeof startHttpWorld>>;
before(async () => {
  world = await startHttpWorld();
  const settings = JSON.parse(process.env["CLARION_SETTINGS"]!) as { limits: object };
  const limits = { ...settings.limits, recipientPerMin: 1 };
  process.env["CLARION_SETTINGS"] = JSON.stringify({ ...settings, limits });
  const defaults = { welcome: { title: "Welcome" } };
  const answer = await world.call("manage", "POST /v1/apps", {
    key: ADMIN_KEY,
    // A welcome's category; high priority is never refused.
    body: { id: "shop", defaults, categories: { transactional: { priority: "normal" } } },
  });
  assert.ok(answer.status < 300, JSON.stringify(answer.body));
});
after(() => world.close());

const ASKED_AT_MS = Date.UTC(2027, 0, 1);
const MINUTE_MS = 60_000;
const clockIn = ({ mock: { timers } }: TestContext) => {
  timers.enable({ apis: ["Date"], now: ASKED_AT_MS });
  return (atMs: number) => timers.setTime(atMs);
};
const asked = (user: string): WelcomeMessage => ({
  v: 2,
  kind: "welcome",
  app: "shop",
  user,
  device: "firefox",
  hash: user.padEnd(64, "0"),
  askedAtMs: ASKED_AT_MS,
});
const loadIs = (level: LoadLevel) =>
  loadStore(world.tables.guard).write({
    level,
    atMs: Date.now(),
    backlog: { high: 0, normal: 0, low: 0 },
    oldestUnplannedS: 0,
  });
const accepted = async (user: string) =>
  (await headerStore(world.tables.delivery, Date.now).get(
    "shop",
    `welcome-${user.padEnd(32, "0")}`,
    true,
  )) !== undefined;
const waits = (answer: MessageAnswer) => {
  assert.equal(answer.kind, "again");
  return answer;
};

test("under load a welcome waits, and is sent once the load is over", async (t) => {
  const moveTo = clockIn(t);
  toldLines(t);
  await loadIs("high");
  const message = asked("ann");
  const { afterMs, resend } = waits(await welcome(message, ASKED_AT_MS));
  assert.deepEqual([afterMs, resend.body], [30_000, message]);
  assert.equal(await accepted("ann"), false);
  await loadIs("normal");
  moveTo(ASKED_AT_MS + afterMs);
  assert.deepEqual(await welcome(message, ASKED_AT_MS), { kind: "done" });
  assert.equal(await accepted("ann"), true);
});

test("a load that nobody has renewed for five minutes refuses nobody", async (t) => {
  const moveTo = clockIn(t);
  toldLines(t);
  await loadIs("high");
  const { askedAtMs: _unknown, ...message } = asked("dan");
  moveTo(ASKED_AT_MS + 5 * MINUTE_MS - 1);
  waits(await welcome(message, ASKED_AT_MS));
  moveTo(ASKED_AT_MS + 5 * MINUTE_MS);
  assert.deepEqual(await welcome(message, ASKED_AT_MS), { kind: "done" });
  assert.equal(await accepted("dan"), true);
  await loadIs("normal");
});

test("beyond the person's rate it waits for their next minute", async (t) => {
  const moveTo = clockIn(t);
  toldLines(t);
  const first = asked("bob");
  const second = { ...first, hash: "b2".padEnd(64, "0") };
  assert.deepEqual(await welcome(first, ASKED_AT_MS), { kind: "done" });
  // What the environment has free is used; the only one of the minute as well.
  assert.deepEqual(await welcome(second, ASKED_AT_MS), { kind: "done" });
  const third = { ...first, hash: "b3".padEnd(64, "0") };
  const { afterMs } = waits(await welcome(third, ASKED_AT_MS));
  assert.equal(afterMs, MINUTE_MS);
  moveTo(ASKED_AT_MS + afterMs);
  assert.deepEqual(await welcome(third, ASKED_AT_MS), { kind: "done" });
  assert.equal(await accepted("b3"), true);
});

test("an hour after the browser subscribed it is given up, however often its message was sent again", async (t) => {
  const moveTo = clockIn(t);
  const lines = toldLines(t);
  const lastMs = ASKED_AT_MS + 60 * MINUTE_MS - 30_000;
  moveTo(lastMs - 1);
  await loadIs("high");
  const { askedAtMs: _unknown, ...older } = asked("cid");
  const { resend } = waits(await welcome(older, ASKED_AT_MS));
  assert.deepEqual(resend.body, asked("cid"), "its first sending is when it was asked for");
  moveTo(lastMs);
  assert.deepEqual(await welcome(resend.body as WelcomeMessage, lastMs - 1), { kind: "done" });
  assert.match(lines.join(""), /"message":"welcome not sent".*"why":"overloaded"/);
  assert.equal(await accepted("cid"), false);
  await loadIs("normal");
});
