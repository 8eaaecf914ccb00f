import assert from "node:assert/strict";
import { test } from "node:test";
import { scheduleName } from "../../../functions/platform/schedules.ts";

test("each attempt's schedule has a name of its own that AWS takes; 0.1's is found by headers without an attempt", () => {
  const of = { app: "shop", id: "n".repeat(64) };
  const [one, two] = ["first", "second"].map((attempt) => scheduleName({ ...of, attempt }));
  assert.match(one!, /^[0-9a-zA-Z-_.]{1,64}$/);
  assert.notEqual(one, two);
  assert.equal(scheduleName({ app: "kept-1", id: "timed" }), "n-3303085282a6973a582095154111f1385e66d88b");
});
