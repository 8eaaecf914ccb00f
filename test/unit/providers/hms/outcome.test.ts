import assert from "node:assert/strict";
import { test } from "node:test";
import type { VendorClass } from "../../../../functions/core/credentials/vendor-settings.ts";
import { HMS_CODES } from "../../../../functions/providers/hms/codes.ts";
import { HMS_CLASSES, hmsVerdicts } from "../../../../functions/providers/hms/outcome.ts";
import { classifier, outcomeOf } from "../../../../functions/providers/vendor/verdict.ts";
import { target } from "../../../contract/provider-world.ts";

const [T1, T2] = [target({ kind: "hmsNext", token: "T1" }), target({ kind: "hmsNext", token: "T2" })];

const outcomesOf = (json: Record<string, unknown>, codes: Record<string, VendorClass> = {}) =>
  hmsVerdicts({ status: 200, headers: {}, json }, [T1, T2], classifier(HMS_CLASSES, codes), 0).map(
    (verdict) => outcomeOf(verdict, 200),
  );

/** An answer that takes T1 and puts T2 into a group of failures. */
const partly = (group: string) => ({
  code: "80100000",
  msg: JSON.stringify({ success: 1, failure: 1, [group]: ["T2"] }),
  requestId: "157",
});

test("v1: the tokens that are illegal are suspect, the others are taken", () => {
  assert.deepEqual(outcomesOf(partly("illegal_tokens")), [
    { kind: "accepted", status: 200, providerId: "157" },
    { kind: "gone", tokenSuspect: true, status: 200, reason: "80100000" },
  ]);
});

test("v3: each group of refused tokens has its outcome, and its name is the reason", () => {
  const groups = {
    tokenFormatError: { kind: "gone", tokenSuspect: true },
    noRight: { kind: "misconfigured" },
    noPushTypeRight: { kind: "misconfigured" },
    countryNotSupport: { kind: "misconfigured" },
  };
  for (const [reason, expected] of Object.entries(groups)) {
    const [taken, refused] = outcomesOf(partly(reason));
    assert.equal(taken?.kind, "accepted", reason);
    assert.deepEqual(refused, { ...expected, status: 200, reason });
    assert.ok(reason in HMS_CODES, `${reason} has no sentence`);
  }
});

test("v3: a group that nobody knows removes no token", () => {
  const rejected = (reason: string) => ({ kind: "rejected", status: 200, reason });
  assert.deepEqual(outcomesOf(partly("deviceAsleep"))[1], rejected("deviceAsleep"));
  for (const odd of ["T2", "constructor", "x".repeat(300), "a b"]) {
    const [taken, refused] = outcomesOf(partly(odd));
    assert.equal(taken?.kind, "accepted");
    assert.deepEqual([refused?.kind, refused?.tokenSuspect], ["rejected", undefined], odd);
    assert.ok((refused?.reason ?? "").length <= 24);
  }
});

test("v3: the operator's word on a group wins, known or not", () => {
  const codes = {
    deviceAsleep: "retry",
    countryNotSupport: "suppressed",
    tokenFormatError: "payload",
  } as const;
  const kindOf = (group: string) => outcomesOf(partly(group), codes)[1]?.kind;
  assert.deepEqual(Object.keys(codes).map(kindOf), ["retry", "rejected", "rejected"]);
});

test("a partial answer that names nobody says of nobody that it was taken", () => {
  for (const msg of ["", "not JSON", "{}", '{"success":1,"failure":1}'])
    assert.deepEqual(
      outcomesOf({ code: "80100000", msg }).map(({ kind }) => kind),
      ["unknown", "unknown"],
      msg,
    );
});
