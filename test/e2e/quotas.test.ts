import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { configureAddresses } from "../../local/demo/addresses.ts";
import { ended, makeApp, notify, startWorld, type TestApp, until, type World } from "./harness.ts";

/** What a provider takes in a time, kept by all environments together. */
let world: World;
let app: TestApp;

/** The local SES' account takes 14 mails a second; a window is ten seconds. */
const WINDOW = 140;
const SHARE = { high: 1, normal: 0.9, low: 0.8 };
const PEOPLE = 300;

before(async () => {
  world = await startWorld();
  app = await makeApp(world, "quota");
  await configureAddresses(world.admin, app.id);
  const lines = Array.from({ length: PEOPLE }, (_, n) => ({ user: `u${n}`, email: `u${n}@mail.example` }));
  const response = await fetch(`${world.runtime.apiUrl}/v1/users:bulk`, {
    method: "POST",
    headers: { authorization: `Bearer ${app.key}`, "content-type": "application/x-ndjson" },
    body: lines.map((line) => JSON.stringify(line)).join("\n"),
  });
  assert.equal(response.status, 207);
});
after(() => world.close());

/** Mails of each window of ten seconds. */
function windows(mails: readonly { atMs: number }[] = world.runtime.door.ses.mails): number[] {
  const counts = new Map<number, number>();
  for (const { atMs } of mails)
    counts.set(Math.floor(atMs / 10_000), (counts.get(Math.floor(atMs / 10_000)) ?? 0) + 1);
  return [...counts.values()];
}

test("a campaign keeps within the account's rate, leaves a share to codes, and all of it arrives", async () => {
  const users = Array.from({ length: PEOPLE }, (_, n) => `u${n}`);
  const campaign = await notify(app, "Sale", { to: { users }, channels: ["email"], priority: "low" });
  await until("its first window", () => windows().some((count) => count >= 50), 20_000);
  const code = await notify(app, "Code 1234", {
    to: { users: ["u1"] },
    channels: ["email"],
    priority: "high",
  });
  assert.equal((await ended(app, code["id"])).totals["accepted"], 1);
  await world.advance(10_000);
  await until("an estimate of its end", async () => {
    const shown = await app.api.ok("GET", `/v1/notifications/${campaign["id"]}`);
    if (shown["state"] === "completed") return true;
    return Date.parse(String(shown["estimatedEndAt"])) > world.runtime.clock.now();
  });
  for (let step = 0; step < 12; step++) await world.advance(5_000);
  assert.equal((await ended(app, campaign["id"])).totals["accepted"], PEOPLE);
  assert.equal(world.runtime.door.ses.mails.length, PEOPLE + 1);
  assert.ok(
    world.runtime.door.ses.mails.every(({ status }) => status === 200),
    "SES never had to say no",
  );
  const most = Math.max(...windows());
  // A request that was let go in one window may arrive in the next.
  assert.ok(most <= WINDOW * SHARE.low + 50 + 1, `${most} mails in ten seconds`);
});

test("a broadcast, whose windows are larger than the quota's, keeps within it too", async () => {
  const before = world.runtime.door.ses.mails.length;
  const walk = await notify(app, "To all", { to: { everyone: true }, channels: ["email"], priority: "low" });
  for (let step = 0; step < 24; step++) await world.advance(5_000);
  assert.equal((await ended(app, walk["id"])).totals["accepted"], PEOPLE);
  const mails = world.runtime.door.ses.mails.slice(before);
  assert.equal(mails.length, PEOPLE);
  const most = Math.max(...windows(mails));
  // What a window lets go may arrive in the next one, beside the next one's.
  assert.ok(most <= WINDOW * SHARE.low, `${most} mails in ten seconds`);
});
