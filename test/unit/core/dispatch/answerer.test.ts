import assert from "node:assert/strict";
import { test } from "node:test";
import { answererOf } from "../../../../functions/core/dispatch/answerer.ts";
import { toWire, VANISHED, type WireTarget } from "../../../../functions/core/dispatch/job.ts";
import type { ProviderName } from "../../../../functions/core/words.ts";

const at = (token: string): WireTarget =>
  toWire({ user: "u", device: "d", kind: "webpush", token, keys: { p256dh: "p", auth: "a" } }, 0);
const GOOGLE = at("https://fcm.googleapis.com/fcm/send/abc:1");
const MOZILLA = at("https://updates.push.services.mozilla.com/wpush/v2/1");

const answerer = (targets: WireTarget[], extraHosts: string[] = [], provider: ProviderName = "webpush") =>
  answererOf({ provider, targets }, extraHosts);

test("a job to one push service knows which, by the name under which its host is allowed", () => {
  const cases: [string, string][] = [
    ["https://fcm.googleapis.com/wp/x", "webpush@fcm.googleapis.com"],
    ["https://updates.push.services.mozilla.com/wpush/v2/x", "webpush@*.push.services.mozilla.com"],
    ["https://web.push.apple.com/x", "webpush@*.push.apple.com"],
    ["https://db5p.notify.windows.com/w/?token=x", "webpush@*.notify.windows.com"],
    ["https://a.up.example/x", "webpush@*.up.example"],
    ["https://ntfy.example/x", "webpush@ntfy.example"],
  ];
  for (const [endpoint, expected] of cases)
    assert.equal(answerer([at(endpoint), at(endpoint)], ["*.up.example", "ntfy.example"]), expected);
});

test("however many hosts a wildcard allows, they are one service", () => {
  const many = Array.from({ length: 300 }, (_, n) =>
    answerer([at(`https://h${n}.up.example/x`)], ["*.up.example"]),
  );
  assert.deepEqual([...new Set(many)], ["webpush@*.up.example"]);
});

test("jobs to several services, to hosts of nobody and other providers' are the provider's", () => {
  assert.equal(answerer([GOOGLE, MOZILLA]), "webpush");
  assert.equal(answerer([GOOGLE, at("https://elsewhere.example/x")]), "webpush");
  assert.equal(answerer([at("https://fcm.googleapis.com@elsewhere.example/x")]), "webpush");
  assert.equal(answerer([at("https://elsewhere.example/x")]), "webpush");
  assert.equal(answerer([GOOGLE], [], "fcm"), "fcm");
});

test("targets that are gone by now say nothing", () => {
  assert.equal(answerer([VANISHED, GOOGLE, VANISHED, GOOGLE]), "webpush@fcm.googleapis.com");
  assert.equal(answerer([VANISHED]), "webpush");
});
