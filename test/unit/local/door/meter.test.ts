import assert from "node:assert/strict";
import { test } from "node:test";
import { createMeter, dollars } from "../../../../local/meter/meter.ts";

test("units add up by principal, from a mark on, and in dollars", () => {
  const meter = createMeter();
  meter.add("dynamodb.writeUnit", 1_000_000, { principal: "send" });
  const mark = meter.mark();
  meter.add("dynamodb.writeUnit", 2, { principal: "plan" });
  meter.add("sqs.request", 1_000_000, { principal: "plan" });
  assert.deepEqual(meter.since(mark), {
    units: { "dynamodb.writeUnit": 2, "sqs.request": 1_000_000 },
    byPrincipal: { plan: { "dynamodb.writeUnit": 2, "sqs.request": 1_000_000 } },
  });
  assert.equal(Number(dollars(mark).toFixed(6)), 0.625);
  assert.equal(Number(dollars(meter.since(mark)).toFixed(4)), 0.4);
});
