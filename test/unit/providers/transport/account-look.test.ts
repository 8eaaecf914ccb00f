import assert from "node:assert/strict";
import { test } from "node:test";
import { accountLook } from "../../../../functions/providers/transport/account-look.ts";

test("what is told is kept for five minutes, a failure as well", async () => {
  let nowMs = 0;
  let asked = 0;
  const look = accountLook(
    async () => {
      asked++;
      if (asked === 1) throw new Error("AccessDenied");
      return asked;
    },
    () => nowMs,
  );
  assert.deepEqual([await look(), await look()], [undefined, undefined]);
  nowMs = 300_001;
  assert.deepEqual([await look(), await look()], [2, 2]);
  assert.equal(asked, 2);
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
