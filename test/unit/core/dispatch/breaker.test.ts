import assert from "node:assert/strict";
import { test } from "node:test";
import { createBreaker } from "../../../../functions/core/dispatch/breaker.ts";
import { accepted, type Outcome, unknown } from "../../../../functions/core/dispatch/outcome.ts";

const down: Outcome = { kind: "retry", reason: "ECONNREFUSED" };

function world() {
  const clock = { nowMs: 1_000_000 };
  const breaker = createBreaker({ now: () => clock.nowMs, random: () => 0 });
  const told = (outcome: Outcome, count = 1) => {
    for (let n = 0; n < count; n++) breaker.begin("shop", "apns")(outcome);
  };
  const state = () => breaker.state("shop", "apns").kind;
  return { clock, breaker, told, state };
}

test("closed while the provider answers, whatever it says of single targets", () => {
  const { told, state } = world();
  told(accepted());
  for (const kind of ["gone", "rejected", "misconfigured", "throttled"] as const)
    told({ kind, status: 400 }, 50);
  assert.equal(state(), "closed");
});

test("what fails before the provider is asked is no failure of its own, and no answer either", () => {
  const { told, state } = world();
  told({ kind: "retry", reason: "attachment_unavailable", unasked: true }, 50);
  assert.equal(state(), "closed");
  told(down, 5);
  told({ kind: "unknown", reason: "threw_TypeError", unasked: true });
  assert.equal(state(), "open");
});

test("opens at the fifth failure in a row; one answer between them begins the count anew", () => {
  const { told, state } = world();
  told(down, 4);
  told(accepted());
  told(down, 4);
  assert.equal(state(), "closed");
  told(unknown("deadline_exceeded"));
  assert.equal(state(), "open");
});

test("opens when nothing has been answered for three seconds, before any deadline is over", () => {
  const { clock, breaker, state } = world();
  const [first] = [breaker.begin("shop", "apns"), breaker.begin("shop", "apns")];
  clock.nowMs += 2_900;
  assert.equal(state(), "closed");
  clock.nowMs += 200;
  assert.equal(state(), "open");
  first!(accepted());
  assert.equal(state(), "closed", "it was slow, not dead");
});

test("a request that begins after a quiet hour is no sign of an outage", () => {
  const { clock, told, breaker, state } = world();
  told(accepted());
  clock.nowMs += 3_600_000;
  breaker.begin("shop", "apns");
  assert.equal(state(), "closed");
});

test("open: jobs are told to wait, longer the longer it lasts; a probe is due every second", () => {
  const { clock, told, breaker } = world();
  told(down, 5);
  const first = breaker.state("shop", "apns");
  assert.ok(first.kind === "open" && first.waitMs >= 500 && first.waitMs <= 2_000, JSON.stringify(first));
  assert.equal(breaker.takeProbe("shop", "apns"), false, "not at once");
  clock.nowMs += 1_000;
  assert.equal(breaker.takeProbe("shop", "apns"), true);
  assert.equal(breaker.takeProbe("shop", "apns"), false, "one at a time");
  clock.nowMs += 1_000;
  assert.equal(breaker.takeProbe("shop", "apns"), false, "while it is under way");
  told(down);
  breaker.probed("shop", "apns");
  clock.nowMs += 3_000;
  assert.equal(breaker.takeProbe("shop", "apns"), true);
  clock.nowMs += 600_000;
  const later = breaker.state("shop", "apns");
  assert.ok(later.kind === "open" && later.waitMs >= 10_000 && later.waitMs <= 20_000, JSON.stringify(later));
});

test("closes with the first answer", () => {
  const { clock, told, state } = world();
  told(down, 9);
  clock.nowMs += 30_000;
  told({ kind: "gone", status: 410 });
  assert.equal(state(), "closed");
  told(down, 4);
  assert.equal(state(), "closed");
});

test("that it opens and closes is told once", () => {
  const told: unknown[] = [];
  let nowMs = 0;
  const breaker = createBreaker({
    now: () => nowMs,
    random: () => 0,
    changed: (...change) => told.push(change),
  });
  for (let n = 0; n < 9; n++) breaker.begin("shop", "apns")(down);
  nowMs = 7_000;
  for (let n = 0; n < 3; n++) breaker.begin("shop", "apns")(accepted());
  assert.deepEqual(told, [
    ["shop", "apns", { open: true }],
    ["shop", "apns", { open: false, lastedMs: 7_000 }],
  ]);
});

test("what was decided without a request is no sign of life", () => {
  const { told, state } = world();
  told(down, 5);
  for (const kind of ["rejected", "throttled", "misconfigured"] as const)
    told({ kind, reason: "payload_too_large" });
  assert.equal(state(), "open");
  told(accepted());
  assert.equal(state(), "closed");
});

test("another app and another provider do not notice", () => {
  const { told, breaker } = world();
  told(down, 9);
  assert.equal(breaker.state("shop", "fcm").kind, "closed");
  assert.equal(breaker.state("other", "apns").kind, "closed");
});

test("a provider that never answers has a quarter of an environment's time at most", () => {
  const { clock, breaker, told } = world();
  told(down, 5);
  clock.nowMs += 1_000;
  assert.equal(breaker.takeProbe("shop", "apns"), true);
  clock.nowMs += 10_000;
  breaker.probed("shop", "apns");
  clock.nowMs += 29_999;
  assert.equal(breaker.takeProbe("shop", "apns"), false, "it rests three times as long");
  clock.nowMs += 1;
  assert.equal(breaker.takeProbe("shop", "apns"), true);
});
