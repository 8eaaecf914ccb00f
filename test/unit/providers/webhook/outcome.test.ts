import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../../../functions/core/dispatch/outcome.ts";
import { WEBHOOK_FORMATS, type WebhookFormat } from "../../../../functions/core/recipient/address.ts";
import { WEBHOOK_CODES } from "../../../../functions/providers/webhook/codes.ts";
import { webhookOutcome } from "../../../../functions/providers/webhook/outcome.ts";
import { ROBOT_VERDICTS } from "../../../../functions/providers/webhook/robot-codes.ts";

const told = (
  format: WebhookFormat,
  status: number,
  body: unknown = "",
  headers: Record<string, string> = {},
): Outcome => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return webhookOutcome(format, { kind: "answer", status, headers, body: text }, 0);
};

test("every code has one English and one Chinese sentence, and every robot's code is among them", () => {
  for (const [code, { en, zh }] of Object.entries(WEBHOOK_CODES)) {
    assert.match(en, /^[A-Z].*\.$/, code);
    assert.match(zh, /\p{Script=Han}.*。$/u, code);
  }
  const listed = Object.entries(ROBOT_VERDICTS).flatMap(([robot, codes]) =>
    Object.keys(codes).map((code) => `${robot}_${code}`),
  );
  assert.ok(listed.length >= 30);
  for (const code of listed) assert.ok(code in WEBHOOK_CODES, code);
  const known = Object.keys(WEBHOOK_CODES).filter((code) => /^(feishu|dingtalk|wecom)_/.test(code));
  assert.deepEqual(known.sort(), listed.sort());
});

test("the status, the same for all", () => {
  for (const format of WEBHOOK_FORMATS) {
    assert.deepEqual(told(format, 410), { kind: "gone", status: 410, reason: "status_410" }, format);
    assert.deepEqual(
      told(format, 429, "", { "retry-after": "7" }),
      { kind: "throttled", status: 429, reason: "status_429", retryAfterMs: 7_000 },
      format,
    );
    assert.equal(told(format, 429).retryAfterMs, 60_000, format);
    for (const status of [500, 502, 503, 504])
      assert.deepEqual(told(format, status), { kind: "retry", status, reason: `status_${status}` }, format);
    assert.equal(told(format, 503, "", { "retry-after": "9" }).retryAfterMs, 9_000, format);
    for (const status of [300, 301, 302, 303, 304, 307, 308])
      assert.deepEqual(
        told(format, status),
        { kind: "rejected", status, reason: "redirect_refused" },
        format,
      );
    for (const status of [400, 405, 413, 422])
      assert.deepEqual(
        told(format, status),
        { kind: "rejected", status, reason: `status_${status}` },
        format,
      );
  }
});

test("404 and 403 are not the same everywhere", () => {
  const kinds = (status: number, body: unknown = "") =>
    Object.fromEntries(WEBHOOK_FORMATS.map((format) => [format, told(format, status, body).kind]));
  const rejected = Object.fromEntries(WEBHOOK_FORMATS.map((format) => [format, "rejected"]));
  assert.deepEqual(kinds(404), { ...rejected, slack: "gone", discord: "gone", telegram: "misconfigured" });
  assert.deepEqual(kinds(401), { ...rejected, telegram: "misconfigured" });
  assert.deepEqual(kinds(403), rejected);
  const blocked = { ok: false, error_code: 403, description: "Forbidden: bot was blocked by the user" };
  assert.deepEqual(kinds(403, blocked), { ...rejected, telegram: "gone" });
  const stranger = { ok: false, description: "Forbidden: bot can't initiate conversation with a user" };
  assert.deepEqual(kinds(403, stranger), rejected);
});

test("Slack's word and Discord's number are the reason", () => {
  assert.equal(told("slack", 404, "no_service").reason, "slack_no_service");
  assert.equal(told("slack", 400, "invalid_payload\n").reason, "slack_invalid_payload");
  assert.equal(told("slack", 400, "<html>").reason, "status_400");
  assert.equal(told("discord", 404, { code: 10_015 }).reason, "discord_10015");
  assert.equal(told("discord", 404, { code: 0 }).reason, "status_404");
  assert.equal(told("discord", 404, { code: "10015; DROP" }).reason, "status_404");
  assert.equal(told("standard", 400, "invalid_payload").reason, "status_400");
});

test("how long to wait, as Discord and Telegram say it in the body", () => {
  assert.equal(told("discord", 429, { retry_after: 0.65 }).retryAfterMs, 650);
  assert.equal(told("discord", 429, { retry_after: 2 }, { "retry-after": "60" }).retryAfterMs, 2_000);
  assert.equal(told("telegram", 429, { parameters: { retry_after: 11 } }).retryAfterMs, 11_000);
  assert.equal(told("telegram", 429, '{"parameters":{"retry_after":1e999}}').retryAfterMs, 86_400_000);
  assert.equal(told("telegram", 429, { parameters: [] }, { "retry-after": "3" }).retryAfterMs, 3_000);
  assert.equal(told("discord", 429, { retry_after: -1 }).retryAfterMs, 60_000);
  assert.equal(told("standard", 429, { retry_after: 5 }).retryAfterMs, 60_000);
});

test("robots that say everything with 200", () => {
  const kindOf = (format: WebhookFormat, body: object) => {
    const { kind, reason, retryAfterMs } = told(format, 200, body);
    return [kind, reason, retryAfterMs];
  };
  assert.deepEqual(kindOf("feishu", { code: 0, msg: "success" }), ["accepted", undefined, undefined]);
  assert.deepEqual(kindOf("feishu", { StatusCode: 0 }), ["accepted", undefined, undefined]);
  assert.deepEqual(kindOf("feishu", { code: 19_021 }), ["rejected", "feishu_19021", undefined]);
  assert.deepEqual(kindOf("feishu", { code: 19_001 }), ["gone", "feishu_19001", undefined]);
  assert.deepEqual(kindOf("feishu", { code: 11_232 }), ["throttled", "feishu_11232", 10_000]);
  assert.deepEqual(kindOf("dingtalk", { errcode: 0 }), ["accepted", undefined, undefined]);
  assert.deepEqual(kindOf("dingtalk", { errcode: -1 }), ["retry", "dingtalk_m1", undefined]);
  assert.deepEqual(kindOf("dingtalk", { errcode: 310_000 }), ["rejected", "dingtalk_310000", undefined]);
  assert.deepEqual(kindOf("dingtalk", { errcode: 130_101 }), ["throttled", "dingtalk_130101", 600_000]);
  assert.deepEqual(kindOf("dingtalk", { errcode: 400_013 }), ["gone", "dingtalk_400013", undefined]);
  assert.deepEqual(kindOf("wecom", { errcode: 0 }), ["accepted", undefined, undefined]);
  assert.deepEqual(kindOf("wecom", { errcode: 45_009 }), ["throttled", "wecom_45009", 60_000]);
  const removed = { errcode: 93_000, errmsg: "invalid webhook url, hint: [1]" };
  assert.deepEqual(kindOf("wecom", removed), ["gone", "wecom_93000", undefined]);
  const tooLong = { errcode: 93_000, errmsg: "Invalid input : content exceed max length." };
  assert.deepEqual(kindOf("wecom", tooLong), ["rejected", "wecom_93000", undefined]);
  assert.deepEqual(kindOf("wecom", { errcode: 99_999 }), ["rejected", "wecom_99999", undefined]);
});

test("a robot's code counts with 4xx too, and a code of yes does not", () => {
  assert.equal(told("feishu", 400, { code: 19_001 }).kind, "gone");
  assert.equal(told("feishu", 400, { code: 0 }).kind, "rejected");
  assert.equal(told("feishu", 400, { code: 0 }).reason, "status_400");
  assert.equal(told("wecom", 503, { errcode: 93_000, errmsg: "invalid webhook url" }).kind, "retry");
});

test("a yes without a code is in doubt with a robot, and a yes with everybody else", () => {
  for (const body of [
    "",
    "<html>",
    "null",
    "[]",
    '{"errcode":"0"}',
    '{"code":{},"errcode":[]}',
    '{"code":1e999}',
  ])
    for (const format of WEBHOOK_FORMATS) {
      const isRobot = ["feishu", "dingtalk", "wecom"].includes(format);
      const { kind } = told(format, 200, body);
      assert.equal(kind, isRobot ? "unknown" : "accepted", `${format} ${body}`);
    }
});

test("connections that can never be had are no failures of a moment", () => {
  const unsent = (reason: string) => webhookOutcome("standard", { kind: "unsent", reason }, 0);
  assert.deepEqual(unsent("http1_EADDRNOTPUBLIC"), { kind: "rejected", reason: "address_not_public" });
  for (const code of ["CERT_HAS_EXPIRED", "DEPTH_ZERO_SELF_SIGNED_CERT", "ERR_TLS_CERT_ALTNAME_INVALID"])
    assert.deepEqual(unsent(`http1_${code}`), { kind: "rejected", reason: "certificate_refused" });
  for (const code of ["ECONNREFUSED", "ENOTFOUND", "ECONNRESET"])
    assert.deepEqual(unsent(`http1_${code}`), { kind: "retry", reason: `http1_${code}` });
  assert.deepEqual(webhookOutcome("standard", { kind: "lost", reason: "http1_ECONNRESET" }, 0), {
    kind: "unknown",
    reason: "http1_ECONNRESET",
  });
});
