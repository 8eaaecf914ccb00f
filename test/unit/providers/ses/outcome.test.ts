import assert from "node:assert/strict";
import { test } from "node:test";
import { SES_CODES } from "../../../../functions/providers/ses/codes.ts";
import { SES_VERDICTS, type SesFailure, sesOutcome } from "../../../../functions/providers/ses/outcome.ts";

const failure = (over: Partial<SesFailure>): SesFailure => ({ name: "Error", message: "", ...over });

test("every code has its sentences, and every verdict its code", () => {
  for (const [code, { en, zh }] of Object.entries(SES_CODES)) {
    assert.match(en, /^[A-Z].*\.$/, code);
    assert.match(zh, /\p{Script=Han}.*。$/u, code);
  }
  for (const name of Object.keys(SES_VERDICTS)) assert.ok(Object.hasOwn(SES_CODES, name), name);
});

test("SES's names decide; where one says several things, its text does", () => {
  const table: [string, string, object][] = [
    ["MessageRejected", "Address blacklisted.", { kind: "rejected", reason: "MessageRejected" }],
    [
      "MessageRejected",
      "Email address is not verified. The following identities failed the check in region US-EAST-1: a@b.example",
      { kind: "misconfigured", reason: "identity_not_verified" },
    ],
    [
      "MessageRejected",
      "Sending suspended for this account.",
      { kind: "misconfigured", reason: "sending_suspended" },
    ],
    [
      "Throttling",
      "Maximum sending rate exceeded.",
      { kind: "throttled", reason: "Throttling", retryAfterMs: 1_000 },
    ],
    [
      "Throttling",
      "Daily message quota exceeded.",
      { kind: "throttled", reason: "daily_quota_exceeded", retryAfterMs: 3_600_000 },
    ],
    ["ExpiredToken", "", { kind: "retry", reason: "ExpiredToken" }],
    ["AccessDenied", "", { kind: "misconfigured", reason: "AccessDenied" }],
    ["InvalidParameterValue", "", { kind: "rejected", reason: "InvalidParameterValue" }],
    ["SomethingNew", "", { kind: "rejected", reason: "SomethingNew" }],
    ["constructor", "", { kind: "rejected", reason: "constructor" }],
    ["ann@example.org is wrong", "", { kind: "rejected", reason: "status_400" }],
  ];
  for (const [name, message, expected] of table)
    assert.deepEqual(sesOutcome(failure({ name, message, status: 400 })), { ...expected, status: 400 }, name);
});

test("a 5xx is tried again whatever it is called; other statuses decide where the name does not", () => {
  const kinds = (name: string, statuses: number[]) =>
    statuses.map((status) => sesOutcome(failure({ name, status }))?.kind);
  for (const name of ["ServiceUnavailable", "MessageRejected", "SyntaxError", "Unknown"])
    assert.deepEqual(kinds(name, [500, 502, 503, 599]), ["retry", "retry", "retry", "retry"], name);
  assert.deepEqual(kinds("Unknown", [302, 400, 401, 403, 404, 413, 429]), [
    "rejected",
    "rejected",
    "misconfigured",
    "misconfigured",
    "misconfigured",
    "rejected",
    "throttled",
  ]);
  assert.equal(sesOutcome(failure({ name: "Unknown", status: 503 }))?.reason, "status_503");
  assert.deepEqual(sesOutcome(failure({ name: "SyntaxError", status: 200 })), {
    kind: "unknown",
    reason: "unreadable_answer",
  });
});

test("without an answer it matters whether the request had left", () => {
  const kind = (over: Partial<SesFailure>) => {
    const outcome = sesOutcome(failure(over));
    return outcome && [outcome.kind, outcome.reason];
  };
  assert.deepEqual(kind({ code: "ECONNREFUSED" }), ["retry", "ECONNREFUSED"]);
  assert.deepEqual(kind({ code: "ENOTFOUND", syscall: "getaddrinfo" }), ["retry", "ENOTFOUND"]);
  assert.deepEqual(kind({ code: "ETIMEDOUT", syscall: "connect" }), ["retry", "ETIMEDOUT"]);
  assert.deepEqual(kind({ code: "ETIMEDOUT", syscall: "read" }), ["unknown", "lost_ETIMEDOUT"]);
  assert.deepEqual(kind({ code: "ECONNRESET", name: "TimeoutError" }), ["unknown", "lost_ECONNRESET"]);
  assert.deepEqual(kind({ code: "EPIPE" }), ["unknown", "lost_EPIPE"]);
  assert.deepEqual(kind({ name: "TimeoutError" }), ["unknown", "lost_timeout"]);
  assert.deepEqual(kind({ name: "CredentialsProviderError" }), ["retry", "CredentialsProviderError"]);
  assert.equal(kind({ name: "TypeError", message: "x is not a function" }), undefined, "a bug is no outcome");
});
