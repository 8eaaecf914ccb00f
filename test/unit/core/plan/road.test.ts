import assert from "node:assert/strict";
import { test } from "node:test";
import { inOrder } from "../../../../functions/core/plan/road.ts";
import type { Token } from "../../../../functions/core/recipient/device.ts";
import { DEVICE_TOKEN_KINDS, TOKEN_KINDS } from "../../../../functions/core/token-kinds.ts";

const tokens = (...kinds: Token["kind"][]): Token[] =>
  kinds.map((kind) => ({ kind, token: kind, hash: kind, registeredAtMs: 0 }));
const road = (kinds: Token["kind"][], brand?: string, roads?: Parameters<typeof inOrder>[2]) =>
  inOrder(tokens(...kinds), { ...(brand && { brand }) }, roads)[0]?.kind;

test("the phone's own vendor, then FCM, then an aggregator", () => {
  assert.equal(road(["jpush", "fcmToken", "mi"], "Xiaomi"), "mi");
  assert.equal(road(["jpush", "fcmToken"], "Xiaomi"), "fcmToken");
  assert.equal(road(["umeng", "jpush"]), "jpush");
  assert.equal(road([]), undefined);
});

test("a phone that was given tokens of several vendors takes its maker's, sister brands included", () => {
  assert.equal(road(["hms", "honor"], "HONOR"), "honor");
  assert.equal(road(["hms", "mi"], "POCO"), "mi");
  assert.equal(road(["hms", "oppo"], "OnePlus"), "oppo");
  assert.equal(road(["hms", "vivo"], "iQOO"), "vivo");
  assert.equal(road(["hms", "honor"], "constructor"), "hms");
});

test("HarmonyOS 5 before the old interface, installation ids before registration tokens", () => {
  assert.equal(road(["hms", "hmsNext"], "HUAWEI"), "hmsNext");
  assert.equal(road(["fcmToken", "fcmFid"]), "fcmFid");
});

test("an app's own order wins over the maker's; what it does not name comes behind", () => {
  assert.equal(road(["mi", "fcmToken"], "Xiaomi", ["fcm"]), "fcmToken");
  assert.equal(road(["mi", "jpush"], "Xiaomi", ["fcm", "jpush"]), "jpush");
  assert.equal(road(["mi", "hms"], "Xiaomi", ["fcm"]), "mi");
});

test("every kind of token has a letter of its own, that never changes", () => {
  const letters = DEVICE_TOKEN_KINDS.map((kind) => TOKEN_KINDS[kind].letter).join("");
  assert.equal(letters, "abltfiwhnoxpvmjgu");
  assert.equal(DEVICE_TOKEN_KINDS.length, Object.keys(TOKEN_KINDS).length);
});
