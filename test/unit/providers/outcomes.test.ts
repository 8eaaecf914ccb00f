import assert from "node:assert/strict";
import { test } from "node:test";
import { APNS_CODES } from "../../../functions/providers/apns/codes.ts";
import { APNS_VERDICTS, apnsOutcome } from "../../../functions/providers/apns/outcome.ts";
import { FCM_CODES } from "../../../functions/providers/fcm/codes.ts";
import { FCM_VERDICTS, fcmOutcome } from "../../../functions/providers/fcm/outcome.ts";
import { WEBPUSH_CODES } from "../../../functions/providers/webpush/codes.ts";
import { WEBPUSH_VERDICTS, webPushOutcome } from "../../../functions/providers/webpush/outcome.ts";

const TABLES = { apns: APNS_CODES, fcm: FCM_CODES, webpush: WEBPUSH_CODES };
const HAN = /\p{Script=Han}/u;

test("every code has one English and one Chinese sentence", () => {
  for (const [provider, codes] of Object.entries(TABLES)) {
    for (const [code, { en, zh }] of Object.entries(codes)) {
      assert.match(en, /^[A-Z].*\.$/, `${provider} ${code}`);
      assert.match(zh, /。$/, `${provider} ${code}`);
      assert.match(zh, HAN, `${provider} ${code}`);
    }
  }
});

test("every verdict's code has its sentences", () => {
  for (const code of Object.keys(APNS_VERDICTS)) assert.ok(code in APNS_CODES, code);
  for (const code of Object.keys(FCM_VERDICTS)) assert.ok(code in FCM_CODES, code);
  for (const status of Object.keys(WEBPUSH_VERDICTS)) assert.ok(`status_${status}` in WEBPUSH_CODES, status);
});

const answer = (status: number, body = "", headers: Record<string, string> = {}) =>
  ({ kind: "answer", status, headers, body }) as const;
const HOSTILE_BODIES = [
  "",
  "null",
  "[]",
  "7",
  '"x"',
  "<html>",
  '{"reason":{"a":1}}',
  '{"reason":"__proto__"}',
  '{"reason":"constructor"}',
  '{"reason":"toString","timestamp":"soon"}',
  '{"error":null}',
  '{"error":"x"}',
  '{"error":{"details":[null,1,{"errorCode":7}],"status":9}}',
  '{"error":{"details":"x"}}',
  `{"reason":"${"x".repeat(5_000)}"}`,
];

test("whatever the body says, an answer becomes an outcome with a short reason", () => {
  for (const read of [apnsOutcome, fcmOutcome, webPushOutcome]) {
    for (const status of [199, 301, 400, 401, 403, 404, 410, 413, 418, 429, 500, 502, 503, 599]) {
      for (const body of HOSTILE_BODIES) {
        const outcome = read(answer(status, body), 0);
        assert.notEqual(outcome.kind, "accepted", `${read.name} ${status} ${body}`);
        assert.ok((outcome.reason ?? "").length <= 64);
        if (outcome.kind === "gone") assert.notEqual(typeof outcome.sinceMs, "string");
        if (status >= 500) assert.equal(outcome.kind, "retry", `${read.name} ${status} ${body}`);
      }
    }
  }
});

test("only a 2xx is accepted", () => {
  assert.equal(apnsOutcome(answer(200), 0).kind, "accepted");
  assert.equal(fcmOutcome(answer(200, '{"name":"x"}'), 0).kind, "accepted");
  for (const status of [200, 201, 202]) assert.equal(webPushOutcome(answer(status), 0).kind, "accepted");
});
