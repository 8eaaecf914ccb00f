import assert from "node:assert/strict";
import { test } from "node:test";
import {
  fromWire,
  tokenOf,
  toWire,
  VANISHED,
  type WireTarget,
  whyEmpty,
  withdrawn,
} from "../../../../functions/core/dispatch/job.ts";
import type { Target } from "../../../../functions/core/dispatch/provider.ts";

const APNS = { user: "u", device: "d", kind: "apns", token: "0a".repeat(32) } as const;
const back = (target: Omit<Target, "messageId">) =>
  fromWire(JSON.parse(JSON.stringify(toWire(target, 7))), "m");

test("targets come out of a job's message as they went in", () => {
  const targets: Omit<Target, "messageId">[] = [
    APNS,
    { ...APNS, locale: "en-GB" },
    { ...APNS, environment: "sandbox", bundleId: "com.example.app", locale: "de" },
    { ...APNS, token: "0A".repeat(32) },
    { ...APNS, token: "abc" },
    { user: "u", device: "d", kind: "fcmToken", token: "t".repeat(160) },
    {
      user: "u",
      device: "d",
      kind: "webpush",
      token: "https://p.example/1",
      keys: { p256dh: "p", auth: "a" },
    },
    { user: "u", device: "inbox", kind: "socket", token: "" },
    { user: "", device: "", kind: "fcmTopic", token: "news" },
    { user: "", device: "", kind: "fcmCondition", token: "'a' in topics" },
    {
      user: "",
      device: "",
      kind: "apnsChannel",
      token: "dHN0LXNyY2gtY2hubA==",
      environment: "sandbox",
      bundleId: "com.example.app",
      stored: true,
    },
  ];
  for (const target of targets) assert.deepEqual(back(target), { ...target, messageId: "m" });
  assert.equal(fromWire(VANISHED, "m"), undefined);
});

test("an APNs token travels a third shorter, and is given back as it was registered", () => {
  const wire = toWire(APNS, 7);
  assert.equal(wire[3].length, 43);
  assert.equal(tokenOf(wire), APNS.token);
});

test("an empty position says why it is; a kind of a later version is none of them", () => {
  assert.equal(whyEmpty(VANISHED), "device_removed");
  assert.equal(whyEmpty(withdrawn("preference_off")), "preference_off");
  assert.equal(fromWire(withdrawn("preference_off"), "m"), undefined);
  assert.equal(whyEmpty(["u", "d", "?", "t", 0, "de"] as unknown as WireTarget), "device_removed");
});
