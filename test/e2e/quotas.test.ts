import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { configureAddresses } from "../../local/demo/addresses.ts";
import { vendorCredentials } from "../../local/demo/vendors.ts";
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
  const estimates: number[] = [];
  for (let step = 0; step < 24; step++) {
    await world.advance(5_000);
    const { state, estimatedEndAt } = await app.api.ok("GET", `/v1/notifications/${campaign["id"]}`);
    if (state === "completed") break;
    if (estimatedEndAt !== undefined)
      estimates.push(Date.parse(String(estimatedEndAt)) - world.runtime.clock.now());
  }
  assert.ok(estimates.length > 0, "it says when it will end");
  assert.ok(
    estimates.every((ms) => ms > -1_000 && ms < 600_000),
    `${estimates} ms ahead`,
  );
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

test("a vendor's requests a second are kept by all workers together", async () => {
  const phones = await makeApp(world, "phones");
  const account = { ...vendorCredentials(phones.id).mi, perSecond: 2 };
  world.fakes.mi.trust(account);
  await world.admin.ok("PUT", `/v1/apps/${phones.id}/providers/mi`, account);
  const users = Array.from({ length: 1_500 }, (_, n) => `mi${n}`);
  const lines = users.map((user) => ({
    ...{ user, device: "phone", platform: "android" },
    tokens: [{ kind: "mi", token: `mi+regid/${user}`.padEnd(64, "x") }],
  }));
  for (const some of [lines.slice(0, 750), lines.slice(750)]) {
    const answer = await fetch(`${world.runtime.apiUrl}/v1/devices:bulk`, {
      method: "POST",
      headers: { authorization: `Bearer ${phones.key}`, "content-type": "application/x-ndjson" },
      body: some.map((line) => JSON.stringify(line)).join("\n"),
    });
    assert.equal(answer.status, 207);
  }
  const sent = await notify(phones, "Sale", { to: { users }, channels: ["mobilePush"], priority: "high" });
  for (let step = 0; step < 15; step++) await world.advance(1_000);
  assert.equal((await ended(phones, sent["id"])).totals["accepted"], users.length);
  const seconds = Map.groupBy(world.fakes.mi.received, ({ atMs }) => Math.floor(atMs / 1_000));
  assert.ok(seconds.size >= 3, `${world.fakes.mi.requests()} requests in ${seconds.size} s`);
});
