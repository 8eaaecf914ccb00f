import assert from "node:assert/strict";
import { test } from "node:test";
import { make, subject } from "./meizu-subject.ts";
import { message, soon } from "./provider-world.ts";
import { vendorSuite } from "./vendor-suite.ts";

const { world, targets } = vendorSuite(subject);

const outcomesOf = async (provider: ReturnType<typeof make>, over: Parameters<typeof message>[0] = {}) =>
  (await provider.prepare(message(over))).send(targets(2), soon());

test("meizu: what was taken carries Meizu's id of the message", async () => {
  const outcomes = await outcomesOf(world().closeLater(make(world(), "one")));
  assert.deepEqual(outcomes, [
    { kind: "accepted", status: 200, providerId: "m1" },
    { kind: "accepted", status: 200, providerId: "m1" },
  ]);
});

test("meizu: a wrong secret gives a wrong signature, and that is a wrong configuration", async () => {
  const provider = world().closeLater(make(world(), "one", { appSecret: "wrong" }));
  const [outcome] = await outcomesOf(provider);
  assert.deepEqual(outcome, { kind: "misconfigured", status: 200, reason: "1006" });
});

test("meizu: a silent message is refused without a request", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const before = world().fakes.meizu.requests();
  const [outcome] = await outcomesOf(provider, { content: { silent: true, data: { a: "b" } } });
  assert.deepEqual(outcome, { kind: "rejected", reason: "nothing_to_show" });
  assert.equal(world().fakes.meizu.requests(), before);
});

test("meizu: after the quota of the day nothing is asked before midnight in China", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const { faults } = world().fakes;
  faults.set({ provider: "meizu", status: 200, reason: "110019", times: 1 });
  const kinds = async () => (await outcomesOf(provider)).map(({ kind, reason }) => `${kind} ${reason}`);
  const before = world().fakes.meizu.requests();
  assert.deepEqual(await kinds(), ["rejected 110019", "rejected 110019"]);
  assert.deepEqual(await kinds(), ["rejected 110019", "rejected 110019"]);
  assert.equal(world().fakes.meizu.requests() - before, 1);
  world().move(24 * 3_600_000);
  assert.deepEqual(await kinds(), ["accepted undefined", "accepted undefined"]);
});

test("meizu: one device's quota stops nobody else", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const [alone, other] = targets(2);
  world().fakes.faults.set({ provider: "meizu", token: alone!.token, reason: "110011" });
  const send = await provider.prepare(message());
  assert.equal((await send.send([alone!], soon()))[0]?.kind, "rejected");
  assert.equal((await send.send([other!], soon()))[0]?.kind, "accepted");
});
