import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../../../functions/core/dispatch/outcome.ts";
import type { SendMany, Target } from "../../../../functions/core/dispatch/provider.ts";
import {
  type DayStore,
  dayQuota,
  nextMidnightMs,
  type Told,
  withinQuota,
} from "../../../../functions/providers/vendor/day-quota.ts";

const at = (text: string) => Date.parse(text);
const to = [{ token: "a" }, { token: "b" }] as Target[];
const call = { deadlineMs: 0 };

test("the vendor's day begins at midnight in China", () => {
  for (const [now, midnight] of [
    ["2026-11-21T15:59:59.999Z", "2026-11-21T16:00:00Z"],
    ["2026-11-21T16:00:00Z", "2026-11-22T16:00:00Z"],
    ["2026-12-31T23:00:00Z", "2027-01-01T16:00:00Z"],
  ] as const)
    assert.equal(nextMidnightMs(at(now)), at(midnight), now);
});

function asked(answers: (targets: readonly Target[]) => Outcome[], days?: DayStore) {
  let nowMs = at("2026-11-21T10:00:00Z");
  let requests = 0;
  const sender: SendMany = {
    most: 7,
    send: async (targets) => {
      requests++;
      return answers(targets);
    },
  };
  const quota = dayQuota({ now: () => nowMs, days });
  const send = withinQuota(quota, sender, (code) => code === "over");
  return {
    send,
    requests: () => requests,
    moveTo: (text: string) => {
      nowMs = at(text);
    },
  };
}

test("a quota that is used up is not asked for again before midnight", async () => {
  const over: Outcome = { kind: "rejected", status: 200, reason: "over" };
  const { send, requests, moveTo } = asked((targets) => targets.map(() => over));
  assert.equal(send.most, 7);
  assert.deepEqual(await send.send(to, call), [over, over]);
  moveTo("2026-11-21T15:59:59Z");
  assert.deepEqual(await send.send(to, call), [over, over]);
  assert.equal(requests(), 1);
  moveTo("2026-11-21T16:00:00Z");
  await send.send(to, call);
  assert.equal(requests(), 2);
});

test("one device's quota, another refusal, or the operator's own reading of the code end no day", async () => {
  for (const [first, second] of [
    [{ kind: "rejected", reason: "over" }, { kind: "accepted" }],
    [
      { kind: "rejected", reason: "else" },
      { kind: "rejected", reason: "over" },
    ],
    [
      { kind: "throttled", reason: "over" },
      { kind: "throttled", reason: "over" },
    ],
  ] as [Outcome, Outcome][]) {
    const { send, requests } = asked(() => [first, second]);
    await send.send(to, call);
    await send.send(to, call);
    assert.equal(requests(), 2, JSON.stringify([first, second]));
  }
});

test("what one environment was told the others know within a minute; a store that fails costs a try", async () => {
  const kept = new Map<string, Told>();
  const days: DayStore = {
    read: async (kind) => kept.get(kind),
    write: async (kind, told) => void kept.set(kind, told),
  };
  const over: Outcome = { kind: "rejected", status: 200, reason: "over" };
  const refusing = (targets: readonly Target[]): Outcome[] => targets.map(() => over);
  const [one, other] = [asked(refusing, days), asked(refusing, days)];
  await one.send.send(to, call);
  assert.deepEqual(await other.send.send(to, call), [over, over]);
  assert.deepEqual([one.requests(), other.requests()], [1, 0]);
  other.moveTo("2026-11-21T16:00:00Z");
  await other.send.send(to, call);
  assert.equal(other.requests(), 1, "a new day");
  const failing: DayStore = {
    read: () => Promise.reject(new Error("throttled")),
    write: () => Promise.reject(new Error("throttled")),
  };
  const alone = asked(refusing, failing);
  await alone.send.send(to, call);
  assert.deepEqual(await alone.send.send(to, call), [over, over]);
  assert.equal(alone.requests(), 1);
});
