import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import type { ProviderQuota } from "../../../functions/core/dispatch/quota.ts";
import { quotaFor } from "../../../functions/platform/quotas.ts";
import { rateStore } from "../../../functions/storage/rates.ts";
import { startHttpWorld } from "./http-world.ts";

let world: Awaited<ReturnType<typeof startHttpWorld>>;
before(async () => {
  world = await startHttpWorld();
});
after(() => world.close());

const MINUTE_MS = 60_000;
const QUOTA: ProviderQuota = { sends: 100, windowMs: MINUTE_MS, of: "app" };
const FIRST = 1_000_000;

/** Windows of a minute, by number. */
const clockIn = ({ mock: { timers } }: TestContext) => {
  timers.enable({ apis: ["Date"], now: FIRST * MINUTE_MS });
  return { moveTo: (window: number) => timers.setTime(window * MINUTE_MS) };
};

const jobOf = (app: string) => quotaFor({ app, provider: "fcm", priority: "high" }, QUOTA);
/** What another environment takes of the same window. */
const takenElsewhere = (app: string, amount: number) =>
  rateStore(world.tables.guard).lease(`quota#fcm#${app}`, MINUTE_MS, amount, QUOTA.sends, Date.now());

test("what is given back in its own window serves the next job", async (t) => {
  clockIn(t);
  const [first, second] = [jobOf("same"), jobOf("same")];
  assert.equal(await first.take(60), undefined);
  first.giveBack(60);
  assert.equal(await takenElsewhere("same", 40), 100, "the environment holds on to them");
  assert.equal(await second.take(60), undefined);
  assert.ok(Number(await second.take(1)) > 0, "and to no more");
});

test("what is given back when its window is over is not added to the next one", async (t) => {
  const clock = clockIn(t);
  const [late, next] = [jobOf("late"), jobOf("late")];
  assert.equal(await late.take(60), undefined);
  clock.moveTo(FIRST + 1);
  assert.equal(await next.take(10), undefined);
  late.giveBack(60);
  assert.equal(await takenElsewhere("late", 90), 100, "all of the new window is taken");
  assert.ok(Number(await next.take(1)) > 0, "the old window's sends would make it 101");
});

test("a job that took in both windows gives back to the later one", async (t) => {
  const clock = clockIn(t);
  const [both, next] = [jobOf("both"), jobOf("both")];
  assert.equal(await both.take(60), undefined);
  clock.moveTo(FIRST + 1);
  assert.equal(await both.take(30), undefined);
  both.giveBack(30);
  assert.equal(await takenElsewhere("both", 70), 100);
  assert.equal(await next.take(30), undefined);
  assert.ok(Number(await next.take(1)) > 0);
});

test("who took nothing gives nothing back", async (t) => {
  clockIn(t);
  const [idle, busy] = [jobOf("idle"), jobOf("idle")];
  assert.equal(await busy.take(10), undefined);
  idle.giveBack(50);
  assert.equal(await takenElsewhere("idle", 90), 100);
  assert.ok(Number(await busy.take(1)) > 0);
});
