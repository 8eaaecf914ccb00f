import assert from "node:assert/strict";
import { test } from "node:test";
import { make, subject } from "./jpush-subject.ts";
import { message, soon } from "./provider-world.ts";
import { vendorSuite } from "./vendor-suite.ts";

const { world, targets } = vendorSuite(subject);

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
