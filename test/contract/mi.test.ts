import assert from "node:assert/strict";
import { test } from "node:test";
import { MI_REGIONS } from "../../functions/core/credentials/vendors.ts";
import { miProvider } from "../../functions/providers/mi/mi.ts";
import { nextMidnightMs } from "../../functions/providers/vendor/day-quota.ts";
import { credentials, make, subject } from "./mi-subject.ts";
import { message, soon } from "./provider-world.ts";
import { vendorSuite } from "./vendor-suite.ts";

const { world, targets } = vendorSuite(subject);

const kindsOf = (outcomes: readonly { kind: string }[]) => outcomes.map(({ kind }) => kind);

test("mi: a token alone that is bad is told by a code of its own", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const [to] = targets(1);
  world().fakes.faults.set({ provider: "mi", token: to!.token, reason: "bad" });
  const [outcome] = await (await provider.prepare(message())).send([to!], soon());
  assert.deepEqual(outcome, { kind: "gone", tokenSuspect: true, status: 200, reason: "20301" });
});

test("mi: each region has its host", async () => {
  for (const region of MI_REGIONS) {
    const provider = world().closeLater(make(world(), `in-${region}`, { region }));
    assert.deepEqual(kindsOf(await (await provider.prepare(message())).send(targets(2), soon())), [
      "accepted",
      "accepted",
    ]);
  }
});

test("mi: the quota of a channel ends its day alone", async () => {
  const categories = { marketing: { "extra.channel_id": 7 }, transactional: { "extra.channel_id": "8" } };
  const provider = world().closeLater(make(world(), "quota", { categories }));
  const send = async (category: string) =>
    (await provider.prepare(message({ category }))).send(targets(2), soon());
  world().fakes.faults.set({ provider: "mi", status: 200, reason: "200001", times: 1 });
  assert.deepEqual(kindsOf(await send("marketing")), ["rejected", "rejected"]);
  const before = world().fakes.mi.requests();
  assert.equal((await send("marketing"))[0]?.reason, "200001");
  assert.equal(world().fakes.mi.requests(), before, "nobody was asked");
  assert.deepEqual(kindsOf(await send("transactional")), ["accepted", "accepted"]);
  world().move(nextMidnightMs(world().now()) - world().now());
  assert.deepEqual(kindsOf(await send("marketing")), ["accepted", "accepted"]);
});

test("mi: texts of any length and silent messages are taken", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const long = { title: "标".repeat(60), body: "👍".repeat(200) };
  for (const content of [long, { body: "no title" }, { silent: true, data: { a: "b" } }])
    assert.deepEqual(kindsOf(await (await provider.prepare(message({ content }))).send(targets(1), soon())), [
      "accepted",
    ]);
});

test("mi: a wrong secret is a wrong configuration", async () => {
  const { open, tokens, now } = world();
  const wrong = { ...credentials(world(), "one"), appSecret: "wrong" };
  const provider = world().closeLater(miProvider({ app: "x", credentials: wrong, open, tokens, now }));
  const [outcome] = await (await provider.prepare(message())).send(targets(1), soon());
  assert.deepEqual([outcome?.kind, outcome?.reason], ["misconfigured", "21301"]);
});
