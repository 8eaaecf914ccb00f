import assert from "node:assert/strict";
import { test } from "node:test";
import { vendorQuota } from "../../../../functions/providers/vendor/rate.ts";

test("a vendor's least rate, or what the operator says it was raised to", () => {
  assert.deepEqual(vendorQuota("hms", {}), { sends: 6_000, windowMs: 1_000, of: "app" });
  assert.deepEqual(vendorQuota("hms", { perSecond: 50_000 })?.sends, 50_000);
  assert.deepEqual(vendorQuota("mi", {}), { sends: 500, windowMs: 1_000, of: "app", per: 1_000 });
});

test("JPush counts its requests by the minute", () => {
  assert.deepEqual(vendorQuota("jpush", {}), { sends: 600, windowMs: 60_000, of: "app", per: 1_000 });
  assert.equal(vendorQuota("jpush", { perSecond: 100 })?.sends, 6_000);
});

test("where nobody names a rate there is none", () => {
  assert.equal(vendorQuota("getui", {}), undefined);
  assert.deepEqual(vendorQuota("umeng", { perSecond: 10 }), { sends: 10, windowMs: 1_000, of: "app" });
});
