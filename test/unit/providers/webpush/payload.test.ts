import assert from "node:assert/strict";
import { test } from "node:test";
import { webPushHeaders, webPushPayload } from "../../../../functions/providers/webpush/payload.ts";
import { message } from "../../../contract/provider-suite.ts";

test("every neutral field that a service worker can show finds its place", () => {
  const content = {
    title: "T",
    body: "B",
    icon: "https://example.com/icon.png",
    image: "https://example.com/i.png",
    badgeIcon: "https://example.com/b.png",
    badgeCount: 3,
    url: "https://example.com/",
    data: { order: "7", title: "not the title" },
    actions: [{ id: "open", title: "Open", url: "https://example.com/open" }],
    silent: true,
    webpush: { requireInteraction: true },
  };
  assert.deepEqual(webPushPayload(message({ content })), {
    order: "7",
    title: "T",
    body: "B",
    icon: "https://example.com/icon.png",
    image: "https://example.com/i.png",
    badge: "https://example.com/b.png",
    badgeCount: 3,
    tag: "n-1",
    actions: [{ action: "open", title: "Open", url: "https://example.com/open" }],
    url: "https://example.com/",
    silent: true,
    notificationId: "n-1",
    timestamp: 1_750_000_000_000,
    requireInteraction: true,
  });
});

test("urgency follows the priority; only a tag makes a topic", () => {
  for (const priority of ["high", "normal", "low"] as const) {
    const headers = webPushHeaders(message({ priority }));
    assert.equal(headers[headers.indexOf("urgency") + 1], priority);
    assert.equal(headers.includes("topic"), false);
  }
  const tagged = webPushHeaders(message({ content: { title: "T", tag: "a.b:c~d" } }));
  assert.match(tagged[tagged.indexOf("topic") + 1] ?? "", /^[\w-]{32}$/);
});
