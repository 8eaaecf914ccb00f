import assert from "node:assert/strict";
import { test } from "node:test";
import type { App } from "../../../../functions/core/app/app.ts";
import { compose } from "../../../../functions/core/notification/compose.ts";
import type { SendRequest } from "../../../../functions/core/notification/request.ts";
import type { ProviderName } from "../../../../functions/core/words.ts";

const appWith = (...providers: ProviderName[]): App => ({
  id: "a",
  createdAtMs: 0,
  origins: [],
  categories: {},
  providers: Object.fromEntries(providers.map((name) => [name, { configuredAtMs: 0, summary: {} }])),
  defaults: {},
  limits: {},
});
const composed = (app: App, request: Partial<SendRequest>) => {
  const whole: SendRequest = { to: { users: ["u"] }, content: { title: "t" }, ...request };
  const { channels, ladder } = compose(app, whole, "n", 1_000).notification;
  return { channels, ladder };
};

test("a category's ladder is climbed by apps that have a provider for it, and costs the others nothing", () => {
  assert.deepEqual(composed(appWith("apns"), {}), { channels: ["inApp", "mobilePush"], ladder: undefined });
  assert.deepEqual(composed(appWith("apns", "sns"), {}).ladder, [{ channels: ["sms"] }]);
  assert.deepEqual(composed(appWith("fcm"), { category: "social" }), {
    channels: ["inApp"],
    ladder: [{ channels: ["mobilePush"], afterS: 10 }],
  });
});

test("each category goes by its own channels, one behind the other or side by side", () => {
  const app = appWith("apns", "webpush", "sns", "ses");
  const table: Record<string, [channels: string[], ladder?: unknown]> = {
    transactional: [["inApp", "mobilePush"], [{ channels: ["sms"] }]],
    urgent: [["webPush", "mobilePush", "sms"]],
    system: [["inApp", "webPush"]],
    social: [["inApp"], [{ channels: ["mobilePush"], afterS: 10 }]],
    marketing: [["email", "webPush"]],
  };
  for (const [category, [channels, ladder]] of Object.entries(table))
    assert.deepEqual(composed(app, { category }), { channels, ladder }, category);
});

test("who names channels names all of them; who names a ladder has that one", () => {
  const app = appWith("apns", "sns", "ses");
  assert.equal(composed(app, { channels: ["mobilePush"] }).ladder, undefined);
  assert.equal(composed(app, { ladder: [] }).ladder, undefined);
  const ladder = [{ channels: ["email" as const], afterS: 60 }];
  assert.deepEqual(composed(app, { channels: ["mobilePush"], ladder }).ladder, ladder);
});

test("a ladder that cannot be climbed is refused by its field", () => {
  const app = appWith("apns", "sns");
  const twice = { channels: ["sms" as const], ladder: [{ channels: ["sms" as const] }] };
  assert.throws(() => composed(app, twice), /^AppError: \/ladder: names sms on two rungs/);
  const broadcast = { to: { everyone: true as const }, channels: ["mobilePush" as const] };
  assert.throws(
    () => composed(app, { ...broadcast, ladder: [{ channels: ["inApp"] }] }),
    /^AppError: \/ladder: cannot name inApp above the first rung of a broadcast/,
  );
  assert.deepEqual(composed(app, { ...broadcast, ladder: [{ channels: ["sms"] }] }).ladder, [
    { channels: ["sms"] },
  ]);
});
