import assert from "node:assert/strict";
import { test } from "node:test";
import { planMessage } from "../../../../functions/core/notification/accept.ts";
import { planSlice } from "../../../../functions/core/plan/plan-slice.ts";
import { notificationOf, person, phone, planWorld } from "./world.ts";

const BODY = { to: { everyone: true as const }, content: { title: "t" } };

test("what is to be sent for an app that was removed is cancelled, and its message is done", async () => {
  const list = notificationOf({ recipients: 300, state: "scheduled" });
  const { world, ports } = planWorld(list, { to: { users: ["ann"] }, content: { title: "t" } }, [
    person("ann", [phone("p1")]),
  ]);
  const gone = { ...ports, facts: async () => undefined };
  assert.deepEqual(await planSlice(gone, planMessage(list), 0), { kind: "done" });
  assert.equal(world.header.state, "cancelled");
  assert.deepEqual(world.jobs, []);
});

test("a second message of a broadcast whose buckets are on their way splits it no second time", async () => {
  const broadcast = notificationOf({ audience: "everyone", buckets: undefined, recipients: undefined });
  const { world, ports } = planWorld(broadcast, BODY, [person("ann", [phone("p1")])]);
  const message = planMessage(broadcast);
  await planSlice(ports, message, 0);
  const split = world.plans.length;
  assert.ok(split > 0);
  await planSlice(ports, message, 0);
  assert.equal(world.plans.length, 2 * split, "it may have died before it said so");
  world.header = { ...world.header, state: "sending" };
  assert.deepEqual(await planSlice(ports, message, 0), { kind: "done" });
  assert.equal(world.plans.length, 2 * split);
});
