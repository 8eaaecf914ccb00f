import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../../functions/core/dispatch/provider.ts";
import { oppoProvider } from "../../functions/providers/oppo/oppo.ts";
import { nextMidnightMs } from "../../functions/providers/vendor/day-quota.ts";
import { credentials, make, subject } from "./oppo-subject.ts";
import { message, soon, target } from "./provider-world.ts";
import { vendorSuite } from "./vendor-suite.ts";

const { world, targets } = vendorSuite(subject);

const kindsOf = (outcomes: readonly { kind: string }[]) => outcomes.map(({ kind }) => kind);
const entryOf = (token: string) => world().fakes.oppo.received.find((entry) => entry.token === token);

test("oppo: a token alone goes to the endpoint for one, with the vendor's id and verdict", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const [good, bad] = targets(2);
  const send = await provider.prepare(message());
  const [taken] = await send.send([good!], soon());
  assert.deepEqual(taken, { kind: "accepted", status: 200, providerId: "m1" });
  world().fakes.faults.set({ provider: "oppo", token: bad!.token, reason: "10000" });
  const [gone] = await send.send([bad!], soon());
  assert.deepEqual(gone, { kind: "gone", tokenSuspect: true, status: 200, reason: "10000" });
});

test("oppo: one job goes to both regions, each with an access token of its own", async () => {
  const provider = world().closeLater(make(world(), "regions"));
  const before = world().fakes.oppo.tokensIssued();
  const abroad = ["IN", "OPPO_EU"].map((from, n) =>
    target({ kind: "oppo", token: `${from}_${n}${"a".repeat(30)}` }),
  );
  const mixed = [...targets(1), ...abroad, ...targets(2)];
  const outcomes = await (await provider.prepare(message())).send(mixed, soon());
  assert.deepEqual(kindsOf(outcomes), new Array(5).fill("accepted"));
  assert.equal(world().fakes.oppo.tokensIssued() - before, 2);
  assert.match(entryOf(abroad[0]!.token)?.headers["host"] ?? "", /^api-intl\./);
  assert.match(entryOf(mixed[0]!.token)?.headers["host"] ?? "", /^api\.push\./);
});

test("oppo: public messages that are used up do not stop private ones", async () => {
  const provider = world().closeLater(make(world(), "quota"));
  const send = async (category: string) =>
    (await provider.prepare(message({ category }))).send(targets(2), soon());
  world().fakes.faults.set({ provider: "oppo", status: 200, reason: "33", times: 1 });
  assert.deepEqual(kindsOf(await send("marketing")), ["rejected", "rejected"]);
  const before = world().fakes.oppo.requests();
  assert.equal((await send("marketing"))[0]?.reason, "33");
  assert.equal(world().fakes.oppo.requests(), before, "nobody was asked");
  assert.deepEqual(kindsOf(await send("social")), ["accepted", "accepted"]);
  world().move(nextMidnightMs(world().now()) - world().now());
  assert.deepEqual(kindsOf(await send("marketing")), ["accepted", "accepted"]);
});

test("oppo: texts and lives of any length are taken; messages without a text are not sent", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const send = async (over: Partial<Message>) =>
    (await provider.prepare(message(over))).send(targets(2), soon());
  const long = { title: "标".repeat(60), body: "👍".repeat(200) };
  for (const content of [long, { body: "no title" }, { title: "no body", url: "https://x.example/" }])
    for (const ttlS of [0, 9e6])
      assert.deepEqual(kindsOf(await send({ content, ttlS })), ["accepted", "accepted"]);
  const before = world().fakes.oppo.requests();
  const [outcome] = await send({ content: { silent: true, data: { a: "b" } } });
  assert.deepEqual(outcome, { kind: "rejected", reason: "no_data_messages" });
  assert.equal(world().fakes.oppo.requests(), before);
});

test("oppo: a wrong master secret is a wrong configuration, told by the token endpoint", async () => {
  const { open, tokens, now } = world();
  const wrong = { ...credentials(world(), "one"), masterSecret: "wrong" };
  const provider = world().closeLater(oppoProvider({ app: "x", credentials: wrong, open, tokens, now }));
  const [outcome] = await (await provider.prepare(message())).send(targets(1), soon());
  assert.deepEqual([outcome?.kind, outcome?.reason], ["misconfigured", "16"]);
});
