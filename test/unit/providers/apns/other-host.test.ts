import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../../../functions/core/dispatch/outcome.ts";
import type { Target } from "../../../../functions/core/dispatch/provider.ts";
import { otherHost } from "../../../../functions/providers/apns/other-host.ts";
import type { Reply } from "../../../../functions/providers/transport/reply.ts";

const FIRST: Outcome = { kind: "gone", tokenSuspect: true, status: 400, reason: "BadDeviceToken" };
const answer = (status: number, reason?: string, more = {}): Reply => ({
  kind: "answer",
  status,
  headers: {},
  body: reason === undefined ? "" : JSON.stringify({ reason, ...more }),
});
const BAD = answer(400, "BadDeviceToken");

function world() {
  let nowMs = 0;
  let asked = 0;
  const host = otherHost(() => nowMs);
  const ask = async (reply: Reply, target: Pick<Target, "kind" | "environment"> = { kind: "apns" }) =>
    host.isWorthAsking(target, FIRST)
      ? host.ask(FIRST, async () => {
          asked++;
          return reply;
        })
      : FIRST;
  const move = (ms: number) => {
    nowMs += ms;
  };
  return { ask, asked: () => asked, move };
}

test("the other host's word counts where it knows the token, or may have taken the message", async () => {
  const { ask } = world();
  assert.equal((await ask(answer(200))).kind, "accepted");
  assert.deepEqual(await ask(answer(410, "Unregistered", { timestamp: 7 })), {
    kind: "gone",
    status: 410,
    reason: "Unregistered",
    sinceMs: 7,
  });
  assert.equal((await ask({ kind: "lost", reason: "connection_lost" })).kind, "unknown");
});

test("who has named the environment is not asked again, nor a broadcast", async () => {
  const { ask, asked } = world();
  for (const named of [{ kind: "apns", environment: "production" }, { kind: "apnsChannel" }] as const)
    assert.deepEqual(await ask(answer(200), named), FIRST);
  assert.equal(asked(), 0);
});

test("any other answer of its leaves the first one as it is", async () => {
  const { ask } = world();
  const others = [
    BAD,
    answer(400, "DeviceTokenNotForTopic"),
    answer(403, "BadEnvironmentKeyIdInToken"),
    answer(429, "TooManyRequests"),
    answer(503, "ServiceUnavailable"),
    { kind: "unsent", reason: "connect_ECONNREFUSED" } as const,
  ];
  for (const reply of others) assert.deepEqual(await ask(reply), FIRST);
});

test("twenty tries in vain in a row end it for ten minutes; one that was not begins the count anew", async () => {
  const { ask, asked, move } = world();
  for (let n = 0; n < 19; n++) await ask(BAD);
  await ask(answer(200));
  for (let n = 0; n < 30; n++) assert.deepEqual(await ask(BAD), FIRST);
  assert.equal(asked(), 40);
  move(10 * 60_000 - 1);
  assert.deepEqual(await ask(answer(200)), FIRST);
  move(1);
  assert.equal((await ask(answer(200))).kind, "accepted");
});
