import assert from "node:assert/strict";
import { test } from "node:test";
import { honorProvider } from "../../functions/providers/honor/honor.ts";
import { nextMidnightMs } from "../../functions/providers/vendor/day-quota.ts";
import { credentials, make, subject } from "./honor-subject.ts";
import { message, soon } from "./provider-world.ts";
import { vendorSuite } from "./vendor-suite.ts";

const { world, targets } = vendorSuite(subject);

const kindsOf = (outcomes: readonly { kind: string }[]) => outcomes.map(({ kind }) => kind);

test("honor: a used-up quota of the day is not tried again before midnight in China", async () => {
  const provider = world().closeLater(make(world(), "quota"));
  const send = async () => (await provider.prepare(message())).send(targets(2), soon());
  assert.deepEqual(kindsOf(await send()), ["accepted", "accepted"]);
  world().fakes.faults.set({ provider: "honor", status: 200, reason: "80200047", times: 1 });
  assert.deepEqual(kindsOf(await send()), ["rejected", "rejected"]);
  const before = world().fakes.honor.requests();
  const [outcome] = await send();
  assert.deepEqual([outcome?.kind, outcome?.reason], ["rejected", "80200047"]);
  assert.equal(world().fakes.honor.requests(), before, "nobody was asked");
  world().move(nextMidnightMs(world().now()) - world().now());
  assert.deepEqual(kindsOf(await send()), ["accepted", "accepted"]);
});

test("honor: advertising goes without its image, which Honor would refuse", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const content = { title: "Sale", body: "Today", image: "https://x.example/a.png" };
  const [to] = targets(1);
  const [outcome] = await (await provider.prepare(message({ content, category: "marketing" }))).send(
    [to!],
    soon(),
  );
  assert.equal(outcome?.kind, "accepted");
  const entry = world().fakes.honor.received.find(({ token }) => token === to!.token);
  assert.match(JSON.stringify(entry?.payload), /"importance":"LOW"/);
});

test("honor: a wrong client secret is a wrong configuration, told by the token endpoint", async () => {
  const { open, tokens, now } = world();
  const wrong = { ...credentials(world(), "one"), clientSecret: "wrong" };
  const provider = world().closeLater(honorProvider({ app: "x", credentials: wrong, open, tokens, now }));
  const [outcome] = await (await provider.prepare(message())).send(targets(1), soon());
  assert.deepEqual([outcome?.kind, outcome?.status], ["misconfigured", 401]);
});
