import assert from "node:assert/strict";
import { test } from "node:test";
import { keepInFlight } from "../../../../bench/senders/sender.ts";

test("so many in flight and no more, to the last, and the good ones are counted", async () => {
  let [running, most, begun] = [0, 0, 0];
  function* sends() {
    for (let n = 0; n < 50; n++) yield send(n);
  }
  async function send(n: number): Promise<boolean> {
    begun++;
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, n % 3));
    running--;
    return n % 2 === 0;
  }
  assert.equal(await keepInFlight(7, sends()), 25);
  assert.deepEqual([begun, most, running], [50, 7, 0]);
});
