import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../../../../functions/core/errors/app-error.ts";
import { Apple } from "../../../../functions/core/notification/apple.ts";
import {
  appleRoadOf,
  checkApple,
  withAppleDefaults,
} from "../../../../functions/core/notification/apple-rules.ts";
import { SendRequest } from "../../../../functions/core/notification/request.ts";

const START = { event: "start", attributesType: "RideAttributes", attributes: { ride: 7 }, contentState: {} };
const UPDATE = { event: "update", activity: "ride-7", contentState: { eta: 4 } };

const request = (apple: object, more: object = {}, content: object = {}): SendRequest =>
  SendRequest.parse({ to: { users: ["ann"] }, content: { title: "T", ...content, apple }, ...more });

/** Fields that are refused, by their pointers. */
function refused(...given: Parameters<typeof request>): string[] {
  try {
    checkApple(request(...given));
    return [];
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === "invalid_request");
    return (error.extra.errors ?? []).map(({ pointer }) => pointer);
  }
}

const SILENT = { title: undefined, silent: true };

test("a combination that Apple would refuse or drop is refused with its field's name", () => {
  const TYPE = ["/content/apple/pushType"];
  const table: [Parameters<typeof request>, string[]][] = [
    [[{ interruption: "time-sensitive", relevance: 1, subtitle: "s", badge: "unread" }], []],
    [[{ pushType: "alert" }], []],
    [[{ pushType: "alert" }, {}, SILENT], TYPE],
    [[{ pushType: "background" }], TYPE],
    [[{ pushType: "background" }, {}, SILENT], []],
    [[{ pushType: "background" }, { priority: "high" }, SILENT], ["/priority"]],
    [[{ pushType: "background" }, { priority: "normal" }, SILENT], []],
    [[{ pushType: "widgets" }], TYPE],
    [[{ pushType: "controls" }, { priority: "high" }, SILENT], []],
    [
      [{ pushType: "widgets" }, {}, { ...SILENT, apns: { aps: { alert: "x" } } }],
      ["/content/apns/aps/alert"],
    ],
    [[{ pushType: "voip" }], []],
    [[{ pushType: "voip" }, { priority: "high", ttl: 0 }, SILENT], []],
    [
      [{ pushType: "voip" }, { priority: "low", ttl: 60 }],
      ["/priority", "/ttl"],
    ],
    [[{ pushType: "pushtotalk" }, { expiresAt: "2099-01-01T00:00:00Z" }], ["/expiresAt"]],
    [[{ interruption: "active", criticalSound: {} }], ["/content/apple/criticalSound"]],
    [[{ interruption: "critical", criticalSound: { volume: 0.5 } }], []],
    [
      [{ subtitle: "s", badge: "unread" }, {}, SILENT],
      ["/content/apple/subtitle", "/content/apple/badge"],
    ],
    [[{ liveActivity: START }], []],
    [[{ liveActivity: UPDATE }, { channels: ["mobilePush"] }], []],
    [[{ liveActivity: UPDATE }, { channels: ["mobilePush", "inApp"] }], ["/channels"]],
    [[{ liveActivity: UPDATE }, { ladder: [{ channels: ["sms"] }] }], ["/ladder"]],
    [[{ liveActivity: UPDATE }, {}, SILENT], ["/content/silent"]],
    [
      [{ liveActivity: UPDATE, pushType: "alert", badge: "unread" }],
      ["/content/apple/pushType", "/content/apple/badge"],
    ],
  ];
  for (const [given, pointers] of table) assert.deepEqual(refused(...given), pointers, JSON.stringify(given));
});

test("each event of a Live Activity has its own fields", () => {
  const isValid = (liveActivity: object) => Apple.safeParse({ liveActivity }).success;
  assert.ok(
    isValid({ ...START, staleAt: "2030-01-01T00:00:00Z", relevance: 75, channel: "dHN0LXNyY2gtY2hubA==" }),
  );
  assert.ok(isValid({ ...UPDATE, staleAt: "2030-01-01T00:00:00+01:00" }));
  assert.ok(isValid({ event: "end", activity: "ride-7", dismissAt: "2030-01-01T00:00:00Z" }));
  for (const wrong of [
    { ...START, attributesType: undefined },
    { ...START, activity: "ride-7" },
    { ...UPDATE, contentState: undefined },
    { ...UPDATE, attributes: {} },
    { ...UPDATE, dismissAt: "2030-01-01T00:00:00Z" },
    { ...UPDATE, staleAt: "2030-13-01T00:00:00Z" },
    { ...UPDATE, event: "pause" },
  ])
    assert.ok(!isValid(wrong), JSON.stringify(wrong));
});

test("the push type says which tokens are meant, and what it leaves no choice about", () => {
  const road = (apple: object, content: object = {}) => appleRoadOf(request(apple, {}, content));
  assert.equal(road({ interruption: "passive" }), undefined);
  assert.equal(road({ pushType: "background" }, SILENT), undefined);
  assert.deepEqual(road({ pushType: "voip" }), { kind: "apnsTyped", pushType: "voip" });
  assert.deepEqual(road({ liveActivity: START }), { kind: "apnsStart" });
  assert.deepEqual(road({ liveActivity: UPDATE }), { kind: "apnsActivity", activity: "ride-7" });
  const { priority, ttl } = withAppleDefaults(request({ pushType: "voip" }));
  assert.deepEqual([priority, ttl], ["high", 0]);
  const { channels, ladder } = withAppleDefaults(request({ liveActivity: UPDATE }));
  assert.deepEqual([channels, ladder], [["mobilePush"], []]);
  const ordinary = request({ subtitle: "s" });
  assert.equal(withAppleDefaults(ordinary), ordinary);
});
