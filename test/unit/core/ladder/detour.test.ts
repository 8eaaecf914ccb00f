import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rung } from "../../../../functions/core/ladder/rungs.ts";
import { decodeRecords } from "../../../../functions/core/plan/plan-row.ts";
import type { Recipient, Token } from "../../../../functions/core/recipient/device.ts";
import { person, T0, world } from "./world.ts";

/** A Xiaomi phone with these tokens, and an iPhone beside it if wanted. */
function owner(user: string, kinds: Token["kind"][], { iphone = false } = {}): Recipient {
  const base = person(user);
  const token = (kind: Token["kind"]) => ({ kind, token: `${user}-${kind}`, hash: kind, registeredAtMs: 1 });
  const phone = {
    ...base.devices[0]!,
    ...({ id: "mi14", platform: "android", brand: "Xiaomi", tokens: kinds.map(token) } as const),
  };
  return { ...base, devices: [phone, ...(iphone ? base.devices : [])] };
}
const NO_LADDER: Rung[] = [];
const SMS: Rung[] = [{ channels: ["sms"] }];

test("a token that its maker refuses: the phone is tried by FCM, then by the aggregator, and each once", async () => {
  const w = world([owner("ann", ["mi", "fcmToken", "jpush"])], NO_LADDER);
  assert.equal(w.rows[0]?.ladder, true, "its page is looked at although there is no ladder");
  w.settle("mi", ["gone"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual([w.users("mi"), w.users("fcm"), w.users("jpush")], [["ann"], ["ann"], []]);
  assert.equal(w.state.closed, 0, "FCM may refuse as well");
  w.settle("fcm", ["rejected"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual([w.users("fcm"), w.users("jpush")], [["ann"], ["ann"]]);
  assert.equal(w.state.closed, 1, "behind the aggregator there is no other road");
  w.settle("jpush", ["gone"]);
  assert.equal(await w.look(), "done");
  assert.equal(w.rows.length, 3);
});

test("a phone with one road, or with two tokens of one provider, is asked about no more", () => {
  assert.equal(world([owner("ann", ["mi"])], NO_LADDER).rows[0]?.ladder, undefined);
  assert.equal(world([owner("ann", ["fcmToken", "fcmFid"])], NO_LADDER).rows[0]?.ladder, undefined);
});

test("the other roads come before the next rung; the rung fails when all of them have", async () => {
  const w = world([owner("ann", ["mi", "fcmToken"])], SMS);
  w.settle("mi", ["failed"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual([w.users("fcm"), w.users("sns")], [["ann"], []]);
  w.settle("fcm", ["gone"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual(w.users("sns"), ["ann"]);
});

test("one device was reached, the other one was refused: the other one rings by its other road, no text message", async () => {
  const w = world([owner("ann", ["mi", "fcmToken"], { iphone: true })], SMS);
  w.settle("apns", ["accepted"]);
  w.settle("mi", ["gone"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual([w.users("fcm"), w.users("sns"), w.users("apns")], [["ann"], [], ["ann"]]);
  assert.equal(w.state.closed, 1, "she was reached, and behind FCM there is nothing");
  w.settle("fcm", ["gone"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual([w.users("sns"), w.rows.length], [[], 2]);
});

test("who has told that it arrived is not rung a second time", async () => {
  const w = world([owner("ann", ["mi", "fcmToken"], { iphone: true })], NO_LADDER);
  w.settle("apns", ["accepted"]);
  w.state.acked.add("ann");
  w.settle("mi", ["gone"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual([w.users("fcm"), w.state.closed], [[], 1]);
});

test("the other token is gone by then: written down, and the next rung is tried if this one has failed", async () => {
  const people = [owner("ann", ["mi", "fcmToken"], { iphone: true }), owner("bob", ["mi", "fcmToken"])];
  const w = world(people, SMS);
  for (const { devices } of people) devices[0]!.tokens.splice(1);
  w.settle("apns", ["pending"]);
  w.settle("mi", ["gone", "gone"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual([w.users("fcm"), w.users("sns")], [[], ["bob"]]);
  assert.deepEqual(
    [...decodeRecords(w.rows[1]!.records)].map(({ reason }) => reason),
    ["no_other_road", "sent"],
  );
  assert.equal(await w.look(), "done");
  assert.equal(w.rows.length, 2, "nobody is looked at again");
  w.settle("apns", ["gone"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual(w.users("sns"), ["bob", "ann"], "her last device has failed");
});

test("the time of a rung runs from its first road", async () => {
  const w = world([owner("ann", ["mi", "fcmToken"])], [{ channels: ["sms"], afterS: 300 }]);
  w.now.ms = T0 + 200_000;
  w.settle("mi", ["gone"]);
  assert.equal(await w.look(true), "waits 300000");
  assert.deepEqual(w.users("fcm"), ["ann"]);
  w.now.ms = T0 + 300_000;
  w.settle("fcm", ["accepted"]);
  assert.equal(await w.look(true), "done");
  assert.deepEqual(w.users("sns"), ["ann"]);
});

test("eight workers at once: one detour", async () => {
  const w = world([owner("ann", ["mi", "fcmToken"]), owner("bob", ["mi", "fcmToken"])], NO_LADDER);
  w.settle("mi", ["gone", "gone"]);
  await Promise.all(Array.from({ length: 8 }, () => w.look()));
  assert.deepEqual([w.users("fcm"), w.rows.length], [["ann", "bob"], 2]);
});

test("one device has no other road any more: the person's other devices keep theirs", async () => {
  const old = owner("ann", ["mi", "fcmToken"]).devices[0]!;
  const token = (kind: Token["kind"]) => ({ kind, token: `new-${kind}`, hash: kind, registeredAtMs: 1 });
  const newer = { ...old, id: "pixel", brand: "Google", tokens: [token("fcmToken"), token("jpush")] };
  const ann = { ...person("ann"), devices: [old, newer] };
  const w = world([ann], SMS);
  old.tokens.splice(1); // gone since it was planned
  w.settle("mi", ["gone"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual([w.rows.length, w.state.closed], [1, 0], "the new phone may be refused yet");
  w.settle("fcm", ["gone"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual([w.users("jpush"), w.users("sns")], [["ann"], []]);
  w.settle("jpush", ["gone"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual(w.users("sns"), ["ann"]);
});

test("a page stays open for who is left for later, without a ladder too; timers do not read it for them", async () => {
  const old = owner("ann", ["mi", "fcmToken"]).devices[0]!;
  const token = (kind: Token["kind"]) => ({ kind, token: `new-${kind}`, hash: kind, registeredAtMs: 1 });
  const newer = { ...old, id: "pixel", brand: "Google", tokens: [token("fcmToken"), token("jpush")] };
  for (const [ladder, devices] of [
    [NO_LADDER, [old, newer]],
    [SMS, [old, newer, ...person("ann").devices]],
    [
      [...SMS, { channels: ["email"], afterS: 5 }],
      [old, newer],
    ],
  ] as [Rung[], Recipient["devices"]][]) {
    const phone = structuredClone(devices);
    const w = world([{ ...person("ann"), devices: phone }], ladder);
    phone[0]!.tokens.splice(1); // gone since it was planned
    w.settle("mi", ["gone"]);
    if (devices.length > 2) w.settle("apns", ["accepted"]);
    assert.equal(await w.look(), "done");
    assert.deepEqual([w.rows.length, w.state.closed], [1, 0]);
    const { reads } = w.state;
    await w.look(true);
    assert.equal(w.state.reads, reads);
    w.settle("fcm", ["gone"]);
    assert.equal(await w.look(), "done");
    assert.deepEqual(w.users("jpush"), ["ann"]);
  }
});

test("on the last rung no timer goes on, though a road is open that has another one behind it", async () => {
  const social: Rung[] = [{ channels: ["mobilePush"], afterS: 10 }];
  const w = world([owner("ann", ["mi", "fcmToken"])], social, ["inApp"]);
  w.settle("websocket", ["accepted"]);
  w.now.ms = T0 + 10_000;
  assert.equal(await w.look(true), "done", "her phone's job asks when it ends");
  assert.deepEqual([w.users("mi"), w.state.closed], [["ann"], 0]);
  w.settle("mi", ["gone"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual(w.users("fcm"), ["ann"]);
});

test("who has acknowledged or is gone is written down once, and reads nobody's page again", async () => {
  const people = ["ann", "bob", "cid"].map((user) => owner(user, ["mi", "fcmToken"], { iphone: true }));
  const w = world(people, NO_LADDER);
  w.settle("apns", ["pending", "pending", "pending"]);
  w.settle("mi", ["gone", "gone", "pending"]);
  w.state.acked.add("ann");
  people.splice(1, 1); // bob is erased
  assert.equal(await w.look(), "done");
  assert.deepEqual([...decodeRecords(w.rows[1]!.records)].map(({ reason }) => reason).sort(), [
    "no_such_user",
    "rung_not_needed",
  ]);
  const { reads } = w.state;
  w.settle("apns", ["accepted", "accepted", "accepted"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual([w.state.reads, w.rows.length], [reads, 2]);
});
