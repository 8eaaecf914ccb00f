import assert from "node:assert/strict";
import { test } from "node:test";
import { userHash } from "../../../../functions/core/hash.ts";
import { INBOX_ACK_MS } from "../../../../functions/core/ladder/judge.ts";
import { checkRungs, liveRungs, type Rung } from "../../../../functions/core/ladder/rungs.ts";
import { decodeRecords } from "../../../../functions/core/plan/plan-row.ts";
import type { ProviderName } from "../../../../functions/core/words.ts";
import { person, T0, world } from "./world.ts";

test("who failed climbs at once, who was reached only after the time, each rung once", async () => {
  const w = world([person("ann"), person("bob"), person("cid")]);
  w.settle("apns", ["gone", "accepted", "accepted"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual(w.users("sns"), ["ann"]);
  w.state.acked.add("bob");
  assert.equal(await w.look(true), "waits 300000");
  w.now.ms = T0 + 300_000;
  w.settle("sns", ["accepted"]);
  assert.equal(await w.look(true), "waits 600000", "cid's message is on its way, and a rung is behind it");
  assert.deepEqual(w.users("sns"), ["ann", "cid"], "bob's receipt ended his ladder");
  assert.equal(w.state.closed, 0);
  w.settle("sns", ["rejected"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual(w.users("ses"), ["cid"]);
  assert.equal(w.state.closed, 1, "cid's mail is on its way, and nothing is behind it");
});

test("nobody left to climb closes the ladder", async () => {
  const w = world([person("ann")], [{ channels: ["sms"] }]);
  assert.equal(await w.look(), "done");
  assert.equal(w.state.closed, 0, "the phone's answer is not there yet");
  w.settle("apns", ["accepted"]);
  assert.equal(await w.look(), "done");
  assert.equal(w.state.closed, 1);
  assert.deepEqual(w.users("sns"), []);
});

test("a rung without a road is passed over; without any the person is written down and asked about no more", async () => {
  const { phone: _ann, ...ann } = person("ann");
  const { phone: _bob, email: _bobs, ...bob } = person("bob");
  const w = world([ann, bob]);
  w.settle("apns", ["gone", "gone"]);
  assert.equal(await w.look(), "done");
  assert.deepEqual([w.users("sns"), w.users("ses")], [[], ["ann"]]);
  const climbs = [...decodeRecords(w.rows[1]!.records)];
  assert.deepEqual(
    climbs.map((record) => [record.userHash.equals(userHash("bob")), record.reason]),
    [
      [false, "sent"],
      [true, "no_address"],
    ],
  );
  assert.equal(await w.look(), "done");
  assert.equal(w.rows.length, 2);
});

test("two workers at once: one climbs, the other finds it done", async () => {
  const w = world([person("ann"), person("bob")]);
  w.settle("apns", ["gone", "gone"]);
  await Promise.all(Array.from({ length: 8 }, () => w.look()));
  assert.deepEqual(w.users("sns"), ["ann", "bob"]);
  assert.equal(w.rows.length, 2);
});

test("a death between row and jobs: the next look sends them, and no others", async () => {
  const w = world([person("ann")]);
  w.settle("apns", ["gone"]);
  w.state.dieBeforeSending = true;
  await assert.rejects(w.look(), /killed/);
  assert.deepEqual([w.rows.length, w.users("sns").length], [2, 0]);
  w.state.dieBeforeSending = false;
  assert.equal(await w.look(), "done");
  assert.deepEqual(w.users("sns"), ["ann"]);
  assert.deepEqual([w.rows.length, w.state.counted.size], [2, 1]);
});

test("the inbox: acknowledged in time it ends the ladder, otherwise the phone rings", async () => {
  const social: Rung[] = [{ channels: ["mobilePush"], afterS: 10 }];
  const w = world([person("ann"), person("bob")], social, ["inApp"]);
  w.settle("websocket", ["accepted", "accepted"]);
  assert.equal(await w.look(true), `waits ${INBOX_ACK_MS}`);
  w.state.acked.add("ann");
  w.now.ms = T0 + INBOX_ACK_MS;
  assert.equal(await w.look(true), "done");
  assert.deepEqual(w.users("apns"), ["bob"]);
});

test("cancelled, expired or erased people climb no more", async () => {
  const w = world([person("ann")]);
  w.settle("apns", ["gone"]);
  w.notification.state = "cancelled";
  assert.equal(await w.look(), "done");
  w.notification.state = "sending";
  w.now.ms = w.notification.expiresAtMs;
  assert.equal(await w.look(), "done");
  assert.equal(w.rows.length, 1);
});

test("a channel stands on one rung; rungs without a provider are left out", () => {
  assert.throws(
    () => checkRungs([{ channels: ["sms"] }, { channels: ["email", "sms"] }]),
    /names sms on two rungs/,
  );
  checkRungs([{ channels: ["sms", "sms"] }, { channels: ["email"] }]);
  const live = liveRungs(
    [{ channels: ["sms", "email"], afterS: 5 }, { channels: ["webhook"] }],
    new Set<ProviderName>(["ses"]),
  );
  assert.deepEqual(live, [{ channels: ["email"], afterS: 5 }]);
});
