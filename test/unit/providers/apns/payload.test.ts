import assert from "node:assert/strict";
import { test } from "node:test";
import type { Content } from "../../../../functions/core/notification/content.ts";
import { apnsHeaders, apnsPayload, payloadBytes } from "../../../../functions/providers/apns/payload.ts";
import { message } from "../../../contract/provider-world.ts";

const payload = (content: Content) => apnsPayload(message({ content }));
const aps = (content: Content) => payload(content)["aps"];

function headers(over: Parameters<typeof message>[0], nowMs = 1_000_000): Record<string, string> {
  const sent = message(over);
  const list = apnsHeaders(sent, apnsPayload(sent), nowMs);
  return Object.fromEntries(list.flatMap((name, i) => (i % 2 === 0 ? [[name, list[i + 1] ?? ""]] : [])));
}

test("every neutral field that Apple knows finds its place", () => {
  const content: Content = {
    title: "T",
    body: "B",
    titleLoc: { key: "TK", args: ["1"] },
    bodyLoc: { key: "BK" },
    data: { order: "7" },
    image: "https://example.com/i.png",
    url: "https://example.com/",
    badgeCount: 0,
    sound: "ping.caf",
    thread: "th",
    actionCategory: "INVITE",
  };
  assert.deepEqual(payload(content), {
    order: "7",
    imageUrl: "https://example.com/i.png",
    url: "https://example.com/",
    notificationId: "n-1",
    timestamp: 1_750_000_000_000,
    aps: {
      alert: {
        title: "T",
        body: "B",
        "title-loc-key": "TK",
        "title-loc-args": ["1"],
        "loc-key": "BK",
      },
      badge: 0,
      sound: "ping.caf",
      "thread-id": "th",
      category: "INVITE",
      "mutable-content": 1,
    },
  });
});

test("a silent message wakes the app and shows nothing; so does one without anything to show", () => {
  assert.deepEqual(aps({ title: "T", sound: "x", silent: true }), { "content-available": 1 });
  assert.deepEqual(aps({ data: { a: "b" } }), { "content-available": 1 });
});

test("the pass-through block is merged over the root, its aps key by key", () => {
  const own = {
    extra: [1],
    aps: { "interruption-level": "time-sensitive", sound: { name: "a", volume: 1 } },
  };
  const merged = payload({ title: "T", sound: "b", apns: own });
  assert.deepEqual(merged["extra"], [1]);
  assert.deepEqual(merged["aps"], {
    alert: { title: "T" },
    sound: { name: "a", volume: 1 },
    "interruption-level": "time-sensitive",
  });
});

test("push type and priority go together, whatever the message's own priority", () => {
  const cases: [Parameters<typeof message>[0], string, string][] = [
    [{ content: { title: "T" }, priority: "high" }, "alert", "10"],
    [{ content: { title: "T" }, priority: "normal" }, "alert", "10"],
    [{ content: { title: "T" }, priority: "low" }, "alert", "5"],
    [{ content: { silent: true }, priority: "high" }, "background", "5"],
    [{ content: { badgeCount: 3 }, priority: "high" }, "alert", "10"],
    [{ content: { silent: true, apns: { aps: { alert: "x" } } }, priority: "high" }, "alert", "10"],
  ];
  for (const [over, type, priority] of cases) {
    const made = headers(over);
    assert.equal(made["apns-push-type"], type, JSON.stringify(over));
    assert.equal(made["apns-priority"], priority, JSON.stringify(over));
  }
});

test("expiration is counted from now, and 0 only for a ttl of 0", () => {
  assert.equal(headers({ ttlS: 60 }, 5_000)["apns-expiration"], "65");
  assert.equal(headers({ ttlS: 0 }, 5_000)["apns-expiration"], "0");
});

test("a duplicate replaces itself: the collapse id is the tag, or made of the notification's id", () => {
  assert.equal(headers({ content: { title: "T", tag: "score" } })["apns-collapse-id"], "score");
  const made = headers({ notificationId: "n".repeat(64) })["apns-collapse-id"] ?? "";
  assert.match(made, /^[\w-]{32}$/);
  assert.equal(made, headers({ notificationId: "n".repeat(64) })["apns-collapse-id"]);
  assert.notEqual(made, headers({ notificationId: "other" })["apns-collapse-id"]);
});

test("bytes are counted, not characters", () => {
  const ascii = payloadBytes(message({ content: { body: "a" } }));
  assert.equal(payloadBytes(message({ content: { body: "你" } })), ascii + 2);
});
