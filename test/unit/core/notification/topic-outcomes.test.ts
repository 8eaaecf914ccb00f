import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../../../functions/core/dispatch/outcome.ts";
import { rankOf } from "../../../../functions/core/notification/topic-change.ts";
import {
  afterChange,
  countsOf,
  type Judged,
  suspectsOf,
} from "../../../../functions/core/notification/topic-outcomes.ts";

const judged = (...outcomes: Outcome[]): Judged[] =>
  outcomes.map((outcome, n) => ({
    follower: { user: `u${n}`, device: "phone", token: `token-${n}`, registeredAtMs: 1 },
    outcome,
  }));
const ACCEPTED: Outcome = { kind: "accepted", status: 200 };
const TOO_MANY: Outcome = { kind: "rejected", reason: "TOO_MANY_TOPICS" };
const GONE: Outcome = { kind: "gone", tokenSuspect: true, reason: "NOT_FOUND" };

test("a token's own refusal ends with it, if it is the only one or one of many", () => {
  assert.deepEqual(afterChange(judged(TOO_MANY)), { kind: "done" });
  assert.deepEqual(afterChange(judged(TOO_MANY, TOO_MANY)), { kind: "done" });
  assert.deepEqual(afterChange(judged(ACCEPTED, TOO_MANY, GONE)), { kind: "done" });
  assert.deepEqual(afterChange(judged(GONE)), { kind: "done" });
  assert.deepEqual(afterChange([]), { kind: "done" });
});

test("a refusal of the whole request is the message's", () => {
  const wrong: Outcome = { kind: "rejected", status: 400, reason: "status_400" };
  assert.deepEqual(afterChange(judged(wrong, wrong)), {
    kind: "refused",
    why: "Google refuses the topic's change: status_400",
  });
  const shut: Outcome = { kind: "misconfigured", status: 403, reason: "PERMISSION_DENIED" };
  assert.deepEqual(afterChange(judged(TOO_MANY, shut)), {
    kind: "refused",
    why: "Google refuses the app's credentials: PERMISSION_DENIED",
  });
});

test("those without an answer are asked again, each person once, after the longest wait that was told", () => {
  const later = judged(
    TOO_MANY,
    { kind: "retry", reason: "INTERNAL", retryAfterMs: 10_000 },
    { kind: "throttled", reason: "RESOURCE_EXHAUSTED", retryAfterMs: 60_000 },
    { kind: "unknown", reason: "no_outcome" },
    ACCEPTED,
  );
  const twice = { ...later[3]!, follower: { ...later[3]!.follower, device: "tablet" } };
  assert.deepEqual(afterChange([...later, twice]), {
    kind: "again",
    users: ["u1", "u2", "u3"],
    retryAfterMs: 60_000,
  });
});

test("what is told of them are numbers and Google's reasons", () => {
  const facts = countsOf(
    judged(ACCEPTED, GONE, TOO_MANY, TOO_MANY, { kind: "unknown", reason: "no_outcome" }),
  );
  assert.deepEqual(facts, {
    accepted: 1,
    gone: 1,
    rejected: 2,
    open: 1,
    reasons: "NOT_FOUND 1, TOO_MANY_TOPICS 2, no_outcome 1",
  });
});

test("suspects are judged in slices that a message takes, and counted once among all answers", () => {
  const longest = {
    user: "ü".repeat(128),
    device: "ü".repeat(128),
    token: "t".repeat(1_024),
    registeredAtMs: 1,
  };
  const all = [
    ...Array.from({ length: 950 }, () => ({ follower: longest, outcome: GONE })),
    ...judged(ACCEPTED, TOO_MANY, { kind: "unknown", reason: "no_outcome" }),
  ];
  const { slices, good } = suspectsOf(all, 7);
  assert.equal(good, 1);
  assert.deepEqual(
    slices.map(({ length }) => length),
    [300, 300, 300, 50],
  );
  assert.deepEqual(slices[3]?.[49], { ...longest, reason: "NOT_FOUND", atMs: 7 });
  for (const slice of slices) assert.ok(Buffer.byteLength(JSON.stringify(slice)) < 1_000_000);
  assert.deepEqual(suspectsOf(judged(ACCEPTED), 7), { slices: [], good: 1 });
});

test("later changes rank above earlier ones, and leaving above joining", () => {
  const [joins, leaves] = ["subscribe", "unsubscribe"] as const;
  const at = Date.now();
  const ranks = [
    rankOf({ askedAtMs: at, action: joins }),
    rankOf({ askedAtMs: at, action: leaves }),
    rankOf({ askedAtMs: at + 1, action: joins }),
  ];
  assert.deepEqual(
    ranks,
    ranks.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(ranks).size, 3);
  assert.ok(ranks.every(Number.isSafeInteger));
});
