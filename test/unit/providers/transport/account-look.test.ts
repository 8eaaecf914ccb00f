import assert from "node:assert/strict";
import { test } from "node:test";
import { accountLook } from "../../../../functions/providers/transport/account-look.ts";

test("what is told is kept for five minutes; a failure for seconds, and what was told before counts", async () => {
  let nowMs = 0;
  let asked = 0;
  const look = accountLook(
    async () => {
      asked++;
      if (asked === 1 || asked === 3) throw new Error("Throttling");
      return asked;
    },
    () => nowMs,
  );
  assert.deepEqual([await look(), await look()], [undefined, undefined]);
  nowMs = 20_001;
  assert.deepEqual([await look(), await look()], [2, 2]);
  nowMs += 300_001;
  assert.deepEqual([await look(), await look(), asked], [2, 2, 3]);
  nowMs += 9_999;
  assert.deepEqual([await look(), asked], [2, 3], "not asked again at once");
  nowMs += 10_002;
  assert.deepEqual([await look(), asked], [4, 4]);
});

test("a service that does not answer holds nobody up for longer than two seconds", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let signal: AbortSignal | undefined;
  const look = accountLook(
    (given) => {
      signal = given;
      return new Promise(() => undefined);
    },
    () => 0,
  );
  const told = look();
  t.mock.timers.tick(2_000);
  assert.equal(await told, undefined);
  assert.equal(signal?.aborted, true, "and the request is given up");
});
