import assert from "node:assert/strict";
import { test } from "node:test";
import { preferencesOf, toldToJobs, wants } from "../../../../functions/core/policy/preferences.ts";

test("what is not switched off is on", () => {
  assert.equal(wants(undefined, "marketing", "email"), true);
  assert.equal(wants({}, "marketing", "email"), true);
  assert.equal(wants({ ":sms": false }, "marketing", "email"), true);
});

test("the narrowest place decides", () => {
  const preferences = preferencesOf({
    channels: { email: false, sms: false },
    categories: { transactional: { email: true }, marketing: false, social: { mobilePush: false } },
  });
  assert.equal(wants(preferences, "transactional", "email"), true);
  assert.equal(wants(preferences, "transactional", "sms"), false);
  assert.equal(wants(preferences, "marketing", "webPush"), false);
  assert.equal(wants(preferences, "social", "mobilePush"), false);
  assert.equal(wants(preferences, "social", "webPush"), true);
  assert.equal(wants(preferences, "constructor", "webPush"), true);
});

test("the short forms stand for their places, and yield to what is spelled out", () => {
  const off = preferencesOf({
    allowUrgentNotifications: false,
    allowMarketingEmails: false,
    allowMarketingPush: false,
    allowSystemNotifications: false,
  });
  assert.equal(wants(off, "urgent", "sms"), false);
  assert.deepEqual(
    (["email", "webPush", "mobilePush", "inApp"] as const).map((channel) => wants(off, "marketing", channel)),
    [false, false, false, true],
  );
  assert.equal(wants(off, "system", "webPush"), false);
  assert.equal(
    wants(
      preferencesOf({ allowMarketingEmails: false, categories: { marketing: { email: true } } }),
      "marketing",
      "email",
    ),
    true,
  );
});

test("the inbox of system messages cannot be switched off", () => {
  const off = preferencesOf({ channels: { inApp: false }, categories: { system: false } });
  assert.equal(wants(off, "system", "inApp"), true);
  assert.equal(wants(off, "system", "webPush"), false);
  assert.equal(wants(off, "social", "inApp"), false);
});

test("what was not off before is told to jobs under way, and what stays on in spite of it", () => {
  const before = preferencesOf({ channels: { email: false, sms: true } });
  const after = preferencesOf({ channels: { email: false, sms: false }, categories: { social: true } });
  assert.deepEqual(toldToJobs(before, after), [
    [":sms", false],
    ["social:", true],
  ]);
  assert.deepEqual(
    toldToJobs(undefined, after)
      .filter(([, on]) => !on)
      .map(([place]) => place),
    [":email", ":sms"],
  );
  assert.deepEqual(toldToJobs(after, after), [], "nothing went off");
  assert.deepEqual(toldToJobs(after, {}), []);
});

test("what was on inside of what is off, and is not any more, is told to jobs under way as its channels", () => {
  const byPushAlone = preferencesOf({ categories: { marketing: false }, allowMarketingPush: true });
  assert.deepEqual(toldToJobs(byPushAlone, preferencesOf({ categories: { marketing: false } })), [
    ["marketing:mobilePush", false],
    ["marketing:webPush", false],
  ]);
  const quiet = { channels: { email: false, sms: false, webPush: true } };
  const butOrders = preferencesOf({ ...quiet, categories: { transactional: true } });
  assert.deepEqual(toldToJobs(butOrders, preferencesOf(quiet)), [
    ["transactional:email", false],
    ["transactional:sms", false],
    [":webPush", true],
  ]);
  assert.deepEqual(toldToJobs(butOrders, {}), [], "nothing is off");
});
