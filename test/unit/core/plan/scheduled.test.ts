import assert from "node:assert/strict";
import { test } from "node:test";
import { planMessage } from "../../../../functions/core/notification/accept.ts";
import type { Notification } from "../../../../functions/core/notification/notification.ts";
import { type PlanPorts, planSlice } from "../../../../functions/core/plan/plan-slice.ts";
import { notificationOf, person, phone, planWorld } from "./world.ts";

const BODY = { to: { users: ["u"] }, content: { title: "t" } };

/** A notification whose time has come, in a store of headers that keeps the states. */
function scheduledWorld(change: Partial<Notification> = {}) {
  const header = notificationOf({ state: "scheduled", sendAtMs: 15_000, ...change });
  const { world, ports } = planWorld(header, BODY, [person("u", [phone("p")])]);
  const writes: string[] = [];
  const headers: PlanPorts["headers"] = {
    ...ports.headers,
    async begin({ revision }) {
      writes.push("begin");
      if (world.header.state !== "scheduled" || world.header.revision !== revision) return undefined;
      world.header = { ...world.header, state: "planning" };
      return world.header;
    },
    async planned(_notification, state) {
      writes.push(state);
      world.header = { ...world.header, state };
      return world.header;
    },
  };
  /** What a PATCH may write, and whether it was taken. */
  const changeTo = (sendAtMs: number): boolean => {
    if (world.header.state !== "scheduled") return false;
    world.header = { ...world.header, revision: world.header.revision + 1, sendAtMs };
    return true;
  };
  return { world, ports: { ...ports, headers }, writes, changeTo };
}

test("a change that is written after the planner has begun is refused, so that nothing goes at an old time", async () => {
  const { world, ports, writes, changeTo } = scheduledWorld();
  const taken: boolean[] = [];
  const { sendJobs } = ports;
  const changing: PlanPorts = {
    ...ports,
    async sendJobs(...sent) {
      taken.push(changeTo(90_000));
      await sendJobs(...sent);
    },
  };
  await planSlice(changing, planMessage(world.header), 0);
  assert.deepEqual(taken, [false]);
  assert.equal(world.jobs.length, 1);
  assert.deepEqual(writes, ["begin", "sending"]);
});

test("a change that is written between the planner's read and its claim stands: the message waits for the new time", async () => {
  const { world, ports, changeTo } = scheduledWorld();
  const { begin } = ports.headers;
  const racing: PlanPorts["headers"] = {
    ...ports.headers,
    async begin(notification) {
      changeTo(90_000);
      return begin(notification);
    },
  };
  const message = planMessage(world.header);
  assert.deepEqual(await planSlice({ ...ports, headers: racing }, message, 0), { kind: "continue" });
  assert.deepEqual(await planSlice(ports, message, 0), { kind: "done" }, "void: another revision stands");
  assert.equal(world.jobs.length, 0);
});

test("a planner that died after its claim is followed by another; what needs no claim costs no write", async () => {
  const died = scheduledWorld({ state: "planning" });
  await planSlice(died.ports, planMessage(died.world.header), 0);
  assert.equal(died.world.jobs.length, 1);
  const { sendAtMs: _none, ...immediate } = notificationOf();
  const now = scheduledWorld();
  now.world.header = immediate;
  await planSlice(now.ports, planMessage(immediate), 0);
  assert.equal(now.world.jobs.length, 1);
  for (const { writes } of [died, now]) assert.deepEqual(writes, ["sending"]);
});

test("what is paused, or too early, is not claimed: it may still be changed", async () => {
  const paused = scheduledWorld();
  const facts = async (of: Notification) => ({ ...(await paused.ports.facts(of))!, paused: true });
  await planSlice({ ...paused.ports, facts }, planMessage(paused.world.header), 0);
  const early = scheduledWorld({ sendAtMs: 30_000 });
  await planSlice(early.ports, planMessage(early.world.header), 0);
  for (const { writes } of [paused, early]) assert.deepEqual(writes, []);
});
