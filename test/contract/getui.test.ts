import assert from "node:assert/strict";
import { test } from "node:test";
import type { GetuiCredentials } from "../../functions/core/credentials/vendors.ts";
import { make, subject } from "./getui-subject.ts";
import { message, soon } from "./provider-world.ts";
import { vendorSuite } from "./vendor-suite.ts";

const { world, targets } = vendorSuite(subject);

test("getui: a client id that is sent to alone is gone when Getui does not know it", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const [alone] = targets(1);
  world().fakes.faults.set({ provider: "getui", token: alone!.token, reason: "20001" });
  const [outcome] = await (await provider.prepare(message())).send([alone!], soon());
  assert.deepEqual(outcome, { kind: "gone", tokenSuspect: true, status: 400, reason: "unknown_cid" });
});

test("getui: a wrong secret is a wrong configuration, told by the token endpoint, and no message leaves", async () => {
  const provider = world().closeLater(make(world(), "one", { masterSecret: "wrong" }));
  const before = world().fakes.getui.requests();
  const [outcome] = await (await provider.prepare(message())).send(targets(1), soon());
  assert.deepEqual(outcome, { kind: "misconfigured", status: 401, reason: "10001" });
  assert.equal(world().fakes.getui.requests(), before);
});

test("getui: a silent message goes as data alone", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const [alone] = targets(1);
  const send = await provider.prepare(message({ content: { silent: true, data: { a: "b" } } }));
  assert.equal((await send.send([alone!], soon()))[0]?.kind, "accepted");
  const entry = world().fakes.getui.received.find(({ token }) => token === alone!.token);
  const { push_message: push } = entry!.payload as { push_message: { transmission: string } };
  assert.equal((JSON.parse(push.transmission) as Record<string, string>)["a"], "b");
});

test("getui: an app of another domain is told so, and is sent to at its own host", async () => {
  const { getui: fake } = world().fakes;
  const host = "restapi-other.getui.com";
  const elsewhere = { appId: "elsewhere", appKey: "key-elsewhere" };
  fake.trust({ ...elsewhere, masterSecret: "s", host });
  const kindsOf = async (over: Partial<GetuiCredentials>) => {
    const provider = world().closeLater(make(world(), "e", { ...elsewhere, masterSecret: "s", ...over }));
    const outcomes = await (await provider.prepare(message())).send(targets(2), soon());
    return outcomes.map(({ kind, reason }) => [kind, reason]);
  };
  const before = fake.requests();
  const refused = ["misconfigured", "301"];
  assert.deepEqual(await kindsOf({}), [refused, refused]);
  assert.equal(fake.requests(), before, "no message leaves");
  const taken = ["accepted", undefined];
  assert.deepEqual(await kindsOf({ host }), [taken, taken]);
});

test("getui: a request holds as many messages as the operator says", async () => {
  const provider = world().closeLater(make(world(), "one", { batch: 3 }));
  const send = await provider.prepare(message());
  assert.equal(send.most, 3);
  const outcomes = await send.send(targets(3), soon());
  assert.deepEqual([...new Set(outcomes.map(({ kind }) => kind))], ["accepted"]);
});
