import assert from "node:assert/strict";
import { test } from "node:test";
import { Content } from "../../../../functions/core/notification/content.ts";
import {
  declarativePayload,
  webPushHeaders,
  webPushPayload,
} from "../../../../functions/providers/webpush/payload.ts";
import { message } from "../../../contract/provider-world.ts";

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
    eventTime: "2025-06-15T12:00:00Z",
    web: { requireInteraction: true, renotify: true, vibrate: [200, 100, 200], dir: "rtl", lang: "ar" },
    webpush: { topbar: "blue" },
  } satisfies Content;
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
    requireInteraction: true,
    renotify: true,
    vibrate: [200, 100, 200],
    dir: "rtl",
    lang: "ar",
    notificationId: "n-1",
    timestamp: Date.parse("2025-06-15T12:00:00Z"),
    topbar: "blue",
  });
});

test("silent is silent: a browser refuses a notification that vibrates as well", () => {
  const background: Content = { title: "T", silent: true, web: { vibrate: [200] } };
  const { silent, vibrate } = webPushPayload(message({ content: background }));
  assert.deepEqual([silent, vibrate], [true, undefined]);
  const quiet = webPushPayload(message({ content: { title: "T", web: { silent: true, vibrate: [200] } } }));
  assert.deepEqual([quiet["silent"], quiet["vibrate"]], [true, undefined]);
  const loud = webPushPayload(message({ content: { title: "T", web: { silent: false, vibrate: [200] } } }));
  assert.deepEqual([loud["silent"], loud["vibrate"]], [false, [200]]);
  assert.equal(Content.safeParse({ title: "T", web: { requireinteraction: true } }).success, false);
});

const url = "https://example.com/orders/7";

test("the declarative form stands around what every other browser gets", () => {
  const content: Content = {
    title: "T",
    body: "B",
    icon: "https://example.com/icon.png",
    badgeCount: 3,
    url,
    actions: [
      { id: "track", title: "Track", url: "https://example.com/track" },
      { id: "later", title: "Later" },
    ],
    data: { order: "7", dir: "not a direction" },
    web: { lang: "de", silent: true },
  };
  const declared = declarativePayload(message({ content }));
  const { web_push, notification, app_badge, mutable, ...rest } = declared ?? {};
  assert.equal(web_push, 8030);
  assert.deepEqual(notification, {
    title: "T",
    body: "B",
    icon: "https://example.com/icon.png",
    tag: "n-1",
    silent: true,
    lang: "de",
    timestamp: 1_750_000_000_000,
    navigate: url,
    actions: [
      { action: "track", title: "Track", navigate: "https://example.com/track" },
      { action: "later", title: "Later", navigate: url },
    ],
    app_badge: 3,
    mutable: true,
  });
  assert.deepEqual([app_badge, mutable], [3, true]);
  assert.deepEqual(rest, webPushPayload(message({ content })));
});

test("the service worker is asked first unless the content says that nothing may be changed", () => {
  const mutableOf = (content: Content) => declarativePayload(message({ content }))?.["mutable"];
  assert.equal(mutableOf({ title: "T", url }), true);
  assert.equal(mutableOf({ title: "T", url, mutable: false }), false);
});

test("no declarative form without a title, without an address, or over the app's own data", () => {
  const cases: Content[] = [
    { title: "T" },
    { body: "B", url },
    { title: "T", url: "https://[" },
    { title: "T", url, icon: "https://[" },
    { title: "T", url, data: { notification: "7" } },
    { title: "T", url, webpush: { web_push: "mine" } },
  ];
  for (const content of cases)
    assert.equal(declarativePayload(message({ content })), undefined, JSON.stringify(content));
  assert.ok(
    declarativePayload(message({ content: { title: "T", webpush: { url } } })),
    "the app's own address",
  );
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
