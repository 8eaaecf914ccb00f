import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import type { Job } from "../../../functions/core/dispatch/job.ts";
import { VERDICT_WINDOW_MS } from "../../../functions/core/dispatch/verdict.ts";
import { afterStepPorts } from "../../../functions/platform/after-step-ports.ts";
import { verdictStore } from "../../../functions/storage/verdicts.ts";
import { startHttpWorld } from "./http-world.ts";
import { toldLines } from "./told-lines.ts";

let world: Awaited<ReturnType<typeof startHttpWorld>>;
before(async () => {
  world = await startHttpWorld();
});
after(() => world.close());

const WINDOW = 3_000_000;
/** Only what the two steps read of a job. */
const jobOf = (app: string, provider = "apns", id = "j1") => ({ app, provider, id }) as Job;
const written = (app: string, window = WINDOW, provider = "apns") =>
  verdictStore(world.tables.guard).read(app, provider, window);

const clockIn = ({ mock: { timers } }: TestContext, window = WINDOW) => {
  timers.enable({ apis: ["Date"], now: window * VERDICT_WINDOW_MS });
  return { moveTo: (other: number) => timers.setTime(other * VERDICT_WINDOW_MS) };
};

const suspect = (user: string) => ({
  user,
  device: "phone",
  token: `token-${user}`,
  registeredAtMs: 1,
  reason: "BadDeviceToken",
  atMs: 2,
});

test("the first good result of a window is written at once, the others are kept back up to a thousand", async (t) => {
  clockIn(t);
  const { countResults } = afterStepPorts();
  await countResults(jobOf("kept"), 300);
  assert.deepEqual(await written("kept"), { results: 300, bad: 0 });
  await countResults(jobOf("kept"), 300);
  await countResults(jobOf("kept"), 699);
  assert.deepEqual(await written("kept"), { results: 300, bad: 0 });
  await countResults(jobOf("kept"), 1);
  assert.deepEqual(await written("kept"), { results: 1_300, bad: 0 });
  await countResults(jobOf("kept"), 999);
  assert.deepEqual(await written("kept"), { results: 1_300, bad: 0 }, "counting began anew");
  await countResults(jobOf("kept"), 301);
  assert.deepEqual(await written("kept"), { results: 2_600, bad: 0 });
});

test("who has written much of a window keeps as much to itself: more than half is known", async (t) => {
  clockIn(t);
  const { countResults } = afterStepPorts();
  await countResults(jobOf("many"), 5_000);
  await countResults(jobOf("many"), 4_999);
  assert.deepEqual(await written("many"), { results: 5_000, bad: 0 });
  await countResults(jobOf("many"), 1);
  assert.deepEqual(await written("many"), { results: 10_000, bad: 0 });
  await countResults(jobOf("many"), 9_999);
  assert.deepEqual(await written("many"), { results: 10_000, bad: 0 });
});

test("each app and provider has a count of its own; Web Push has none", async (t) => {
  clockIn(t);
  const { countResults } = afterStepPorts();
  for (const job of [jobOf("own"), jobOf("other"), jobOf("own", "fcm")]) {
    await countResults(job, 1);
    await countResults(job, 900);
  }
  await countResults(jobOf("own", "webpush"), 5_000);
  assert.deepEqual(await written("own", WINDOW, "webpush"), { results: 0, bad: 0 });
  assert.deepEqual(await written("own"), { results: 1, bad: 0 });
  await countResults(jobOf("own"), 100);
  assert.deepEqual(await written("own"), { results: 1_001, bad: 0 });
  assert.deepEqual(await written("other"), { results: 1, bad: 0 });
  assert.deepEqual(await written("own", WINDOW, "fcm"), { results: 1, bad: 0 });
});

test("what was kept when its window ended is dropped, not counted for the next one", async (t) => {
  const clock = clockIn(t);
  const { countResults } = afterStepPorts();
  await countResults(jobOf("turn"), 1);
  await countResults(jobOf("turn"), 900);
  clock.moveTo(WINDOW + 1);
  await countResults(jobOf("turn"), 1);
  assert.deepEqual(await written("turn", WINDOW + 1), { results: 1, bad: 0 });
  await countResults(jobOf("turn"), 1_000);
  assert.deepEqual(await written("turn", WINDOW + 1), { results: 1_001, bad: 0 });
  assert.deepEqual(await written("turn"), { results: 1, bad: 0 });
});

test("suspects are written with the good results kept so far, and judged when their window is over", async (t) => {
  clockIn(t);
  const { countResults, judgeLater } = afterStepPorts();
  await countResults(jobOf("bad"), 30);
  const suspects = [suspect("ann"), suspect("bob")];
  await judgeLater(jobOf("bad"), suspects, 10);
  assert.deepEqual(await written("bad"), { results: 40, bad: 2 });
  const sent = world.aws.calls.findLast(({ action }) => action === "SendMessageBatch");
  assert.ok(sent);
  const [entry] = sent.input["Entries"] as { MessageBody: string; DelaySeconds: number }[];
  assert.match(String(sent.input["QueueUrl"]), /ingest$/);
  assert.equal(entry?.DelaySeconds, 630, "the window of ten minutes and half a minute for stragglers");
  assert.deepEqual(JSON.parse(entry?.MessageBody ?? ""), {
    v: 1,
    kind: "judge",
    app: "bad",
    provider: "apns",
    window: WINDOW,
    tokens: suspects,
  });
  await countResults(jobOf("bad"), 49);
  assert.deepEqual(await written("bad"), { results: 40, bad: 2 }, "what was kept is not counted twice");
});

test("a job that is told again, in another window too, has its suspects counted once and judged by their own", async (t) => {
  const clock = clockIn(t);
  const { judgeLater } = afterStepPorts();
  const lines = toldLines(t);
  const suspects = [suspect("ann"), suspect("bob"), suspect("cid")];
  await judgeLater(jobOf("twice"), suspects, 3);
  await judgeLater(jobOf("twice"), suspects, 3);
  clock.moveTo(WINDOW + 1);
  await judgeLater(jobOf("twice"), suspects, 3);
  assert.deepEqual(await written("twice"), { results: 3, bad: 3 });
  assert.deepEqual(await written("twice", WINDOW + 1), { results: 0, bad: 0 });
  assert.deepEqual(lines, [], "three of three are too few to say so");
  const asked = world.aws.calls
    .filter(({ action }) => action === "SendMessageBatch")
    .flatMap(({ input }) => input["Entries"] as { MessageBody: string }[])
    .map(({ MessageBody }) => JSON.parse(MessageBody) as { app: string; window: number })
    .filter(({ app }) => app === "twice");
  assert.deepEqual(
    asked.map(({ window }) => window),
    [WINDOW, WINDOW, WINDOW],
  );
});

test("so many suspects that the configuration is the likelier cause: a metric and a warning, no token", async (t) => {
  clockIn(t);
  const { judgeLater } = afterStepPorts();
  const lines = toldLines(t);
  await judgeLater(jobOf("wrong"), [suspect("a"), suspect("b"), suspect("c"), suspect("d")], 20);
  assert.deepEqual(lines, [], "a fifth is not yet more than a fifth");
  await judgeLater(jobOf("wrong", "apns", "j2"), [suspect("e")], 1);
  const told = lines.join("");
  assert.match(told, /"SuspectedConfiguration":1/);
  assert.match(told, /"results":21,"bad":5/);
  assert.doesNotMatch(told, /token-e/);
});
