import assert from "node:assert/strict";
import { test } from "node:test";
import { within } from "../../../functions/core/within.ts";

test("who does not answer in time is named; what answers or fails in time is handed on", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  assert.equal(await within(3_000, Promise.resolve(7), "Guard"), 7);
  await assert.rejects(within(3_000, Promise.reject(new Error("throttled")), "Guard"), /throttled/);
  const silent = within(3_000, new Promise(() => undefined), "Guard");
  t.mock.timers.tick(2_999);
  const isOpen = await Promise.race([silent.then(String, String), Promise.resolve("open")]);
  assert.equal(isOpen, "open");
  t.mock.timers.tick(1);
  await assert.rejects(silent, /Guard did not answer in time/);
});
