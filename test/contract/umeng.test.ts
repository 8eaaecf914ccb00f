import assert from "node:assert/strict";
import { test } from "node:test";
import { message, soon } from "./provider-world.ts";
import { make, subject } from "./umeng-subject.ts";
import { vendorSuite } from "./vendor-suite.ts";

const { world, targets } = vendorSuite(subject);

const payloadOf = (token: string) =>
  world().fakes.umeng.received.find((entry) => entry.token === token)?.payload as {
    payload: { display_type: string; body: Record<string, unknown> };
    production_mode: string;
  };

test("umeng: a wrong secret gives a wrong signature, and that is a wrong configuration", async () => {
  const provider = world().closeLater(make(world(), "one", { masterSecret: "wrong" }));
  const [outcome] = await (await provider.prepare(message())).send(targets(2), soon());
  assert.deepEqual(outcome, { kind: "misconfigured", status: 400, reason: "2027" });
});

test("umeng: what is signed is what is sent, in Chinese as well; test devices are said to be such", async () => {
  const provider = world().closeLater(make(world(), "one", { production: false }));
  const [alone] = targets(1);
  const content = { title: "标题", body: '你好 & "再见" 👍', data: { k: "值" } };
  const [outcome] = await (await provider.prepare(message({ content }))).send([alone!], soon());
  assert.deepEqual(outcome, { kind: "accepted", status: 200, providerId: "uu1" });
  const { payload, production_mode: mode } = payloadOf(alone!.token);
  assert.deepEqual([payload.body["text"], mode], [content.body, "false"]);
});

test("umeng: a silent message goes as data, and is taken", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const [alone] = targets(1);
  const send = await provider.prepare(message({ content: { silent: true, data: { a: "b" } } }));
  assert.equal((await send.send([alone!], soon()))[0]?.kind, "accepted");
  assert.equal(payloadOf(alone!.token).payload.display_type, "message");
});

test("umeng: a clock that is wrong is told by Umeng, and the next request carries another time", async () => {
  let aheadMs = 11 * 60_000;
  const provider = world().closeLater(make(world(), "one", {}, () => world().now() + aheadMs));
  const send = await provider.prepare(message());
  const [late] = await send.send(targets(1), soon());
  assert.deepEqual([late?.kind, late?.reason], ["retry", "2028"]);
  aheadMs = 0;
  assert.equal((await send.send(targets(1), soon()))[0]?.kind, "accepted");
});
