import assert from "node:assert/strict";
import { test } from "node:test";
import { JpushCredentials } from "../../functions/core/credentials/vendors.ts";
import { jpushProvider } from "../../functions/providers/jpush/jpush.ts";
import { message, soon, type World } from "./provider-suite.ts";
import { vendorSuite } from "./vendor-suite.ts";

const apps = new Map<string, JpushCredentials>();

function credentials(world: World, app: string): JpushCredentials {
  const known = apps.get(app);
  if (known) return known;
  const region = app.startsWith("beijing") ? "beijing" : "default";
  const made = JpushCredentials.parse({ appKey: `key-${app}`, masterSecret: `secret-of-${app}`, region });
  apps.set(app, made);
  world.fakes.jpush.trust(made);
  return made;
}

const make = (world: World, app: string, over: Partial<JpushCredentials> = {}) =>
  jpushProvider({ credentials: { ...credentials(world, app), ...over }, open: world.open, now: world.now });

const { world, targets } = vendorSuite({
  name: "jpush",
  kind: "jpush",
  make,
  token: (n) => `1a0018970a${String(n).padStart(6, "0")}`,
  most: 1_000,
  hasAccess: false,
  outcomes: [
    [
      { status: 200, reason: "1828" },
      { kind: "accepted", status: 200, providerId: "1828" },
    ],
    [
      { status: 429, reason: "2002" },
      { kind: "throttled", retryAfterMs: 12_000, reason: "2002", status: 429 },
    ],
    [
      { status: 429, reason: "2002", retryAfterS: 7 },
      { kind: "throttled", retryAfterMs: 7_000 },
    ],
    [
      { status: 400, reason: "1011" },
      { kind: "rejected", reason: "1011" },
    ],
    [
      { status: 400, reason: "1003" },
      { kind: "rejected", reason: "1003" },
    ],
    [{ status: 413, reason: "1005" }, { kind: "rejected" }],
    [{ status: 401, reason: "1004" }, { kind: "misconfigured" }],
    [{ status: 400, reason: "1008" }, { kind: "misconfigured" }],
    [{ status: 403, reason: "2004" }, { kind: "misconfigured" }],
    [{ status: 403, reason: "2006" }, { kind: "misconfigured" }],
    [{ status: 500, reason: "1000" }, { kind: "retry" }],
    [{ status: 503, reason: "1030" }, { kind: "retry" }],
    [{ status: 502 }, { kind: "retry" }],
    [{ status: 504 }, { kind: "retry" }],
    [{ status: 200 }, { kind: "unknown", reason: "status_200" }],
  ],
  // JPush says nothing of single devices.
  perToken: [],
  tooLarge: { content: { title: "x", body: "é".repeat(1_000) } },
});

const to = async (provider: ReturnType<typeof make>, count: number) =>
  (await provider.prepare(message())).send(targets(count), soon());

const GONE = { kind: "gone", tokenSuspect: true, status: 400, reason: "unknown_id" };

test("jpush: a registration id that is asked for alone is gone when JPush does not know it", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const [alone, other] = targets(2);
  world().fakes.faults.set({ provider: "jpush", token: alone!.token, reason: "1011" });
  const send = await provider.prepare(message());
  assert.deepEqual(await send.send([alone!], soon()), [GONE]);
  // Together with others nothing is known of it, and nothing removed.
  const both = await send.send([alone!, other!], soon());
  assert.deepEqual([...new Set(both.map(({ kind }) => kind))], ["accepted"]);
});

test("jpush: a made-up registration id is found among a thousand, and keeps the message from nobody", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const to = targets(1_000);
  world().fakes.faults.set({ provider: "jpush", token: to[321]!.token, reason: "1003" });
  const before = world().fakes.jpush.requests();
  const outcomes = await (await provider.prepare(message())).send(to, soon(20_000));
  assert.deepEqual(outcomes[321], GONE);
  assert.equal(outcomes.filter(({ kind }) => kind === "accepted").length, 999);
  const requests = world().fakes.jpush.requests() - before;
  assert.ok(requests <= 22, String(requests));
});

test("jpush: apps of the Beijing data centre go to its host, and nowhere else", async () => {
  const right = world().closeLater(make(world(), "beijing-app"));
  assert.equal((await to(right, 1))[0]?.kind, "accepted");
  const wrong = world().closeLater(make(world(), "beijing-app", { region: "default" }));
  const [outcome] = await to(wrong, 1);
  assert.deepEqual([outcome?.kind, outcome?.reason], ["misconfigured", "1008"]);
});

test("jpush: a wrong secret is a wrong configuration", async () => {
  const provider = world().closeLater(make(world(), "one", { masterSecret: "wrong" }));
  const [outcome] = await to(provider, 1);
  assert.deepEqual([outcome?.kind, outcome?.status, outcome?.reason], ["misconfigured", 401, "1004"]);
});

test("jpush: after the quota of the day nothing is asked before midnight in China", async () => {
  const provider = world().closeLater(make(world(), "one"));
  world().fakes.faults.set({ provider: "jpush", status: 400, reason: "2005", times: 1 });
  const before = world().fakes.jpush.requests();
  for (const _ of [1, 2, 3]) assert.equal((await to(provider, 2))[0]?.kind, "rejected");
  assert.equal(world().fakes.jpush.requests() - before, 1);
  world().move(24 * 3_600_000);
  assert.equal((await to(provider, 2))[0]?.kind, "accepted");
});

test("jpush: a silent message goes as data, to iPhones in the background", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const [alone] = targets(1);
  const send = await provider.prepare(message({ content: { silent: true, data: { a: "b" } } }));
  assert.equal((await send.send([alone!], soon()))[0]?.kind, "accepted");
  const { received } = world().fakes.jpush;
  const { payload } = received.find(({ token }) => token === alone!.token)!;
  assert.match(JSON.stringify(payload), /"content-available":true/);
  assert.ok(!JSON.stringify(payload).includes('"android"'));
});
