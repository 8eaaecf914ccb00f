import assert from "node:assert/strict";
import { test } from "node:test";
import type { App } from "../../../../functions/core/app/app.ts";
import { summaryOf } from "../../../../functions/core/app/provider-input.ts";
import { smsEstimate } from "../../../../functions/core/notification/sms-estimate.ts";

const appWith = (credentials: object) =>
  ({
    providers: { sns: { configuredAtMs: 0, summary: summaryOf("sns", { ...credentials }) } },
  }) as unknown as App;

test("parts, and what they cost at least and at most where the app writes to", () => {
  const app = appWith({
    countries: ["+49", "+1"],
    prices: { "+49": 0.08, "+4915": 0.09, "+1": 0.0075, "+86": 3 },
  });
  assert.deepEqual(smsEstimate(app, { body: "x".repeat(161) }), {
    encoding: "gsm7",
    parts: 2,
    usd: { least: 0.015, most: 0.18 },
  });
  assert.deepEqual(smsEstimate(app, { title: "T", body: "好".repeat(69) }), {
    encoding: "ucs2",
    parts: 2,
    usd: { least: 0.015, most: 0.18 },
  });
});

test("without prices every part is taken to cost five cents; * is for all countries without a price", () => {
  assert.deepEqual(smsEstimate(appWith({ countries: ["+49"] }), { body: "x" })?.usd, {
    least: 0.05,
    most: 0.05,
  });
  const app = appWith({ countries: ["+49", "+33"], prices: { "+49": 0.1, "*": 0.2 } });
  assert.deepEqual(smsEstimate(app, { body: "x" })?.usd, { least: 0.1, most: 0.2 });
});

test("credentials from before prices were reckoned: parts alone", () => {
  const app = { providers: { sns: { configuredAtMs: 0, summary: { countries: "+49" } } } } as unknown as App;
  assert.deepEqual(smsEstimate(app, { body: "x" }), { encoding: "gsm7", parts: 1 });
});

test("nothing to say: no price; what is cut costs what is left", () => {
  const app = appWith({ countries: ["+49"] });
  for (const content of [{}, { body: " " }]) assert.equal(smsEstimate(app, content), undefined);
  const { encoding, parts } = smsEstimate(app, { body: "x".repeat(5_000) }) ?? {};
  assert.deepEqual([encoding, parts], ["gsm7", 11]);
  assert.equal(smsEstimate({ providers: {} } as unknown as App, { body: "x" }), undefined);
});
