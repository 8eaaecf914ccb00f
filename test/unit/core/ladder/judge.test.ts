import assert from "node:assert/strict";
import { test } from "node:test";
import { firstLookMs, INBOX_ACK_MS, judge } from "../../../../functions/core/ladder/judge.ts";
import type { Rung } from "../../../../functions/core/ladder/rungs.ts";
import { MARK, type MarkName } from "../../../../functions/core/ledger/mark.ts";
import type { ProviderName } from "../../../../functions/core/words.ts";

const TRIED = 1_000_000;
const push: Rung = { channels: ["inApp", "mobilePush"] };
const onFailure: Rung[] = [push, { channels: ["sms"] }];
const afterFive: Rung[] = [push, { channels: ["sms"], afterS: 300 }, { channels: ["email"] }];

const at = (marks: [ProviderName, MarkName][], rung = 0) => ({
  rung,
  triedAtMs: TRIED,
  targets: marks.map(([provider, mark]) => ({ provider, mark: MARK[mark] })),
});
const said = (
  rungs: Rung[],
  marks: [ProviderName, MarkName][],
  { acked = false, afterMs = 0, rung = 0 } = {},
): string => {
  const answer = judge(rungs, at(marks, rung), acked, TRIED + afterMs);
  return answer.kind === "waits" ? `waits ${answer.untilMs - TRIED}` : answer.kind;
};

test("a rung fails only when all have settled otherwise, and succeeds with any device", () => {
  const table: [MarkName, MarkName, string][] = [
    ["gone", "rejected", "climbs"],
    ["failed", "unknown", "climbs"],
    ["suppressed", "misconfigured", "climbs"],
    ["gone", "accepted", "ends"],
    ["accepted", "pending", "ends"],
    ["gone", "pending", "open"],
    ["gone", "retry", "open"],
    ["throttled", "gone", "open"],
    ["doubtful", "gone", "open"],
  ];
  for (const [phone, tablet, expected] of table)
    assert.equal(
      said(onFailure, [
        ["apns", phone],
        ["fcm", tablet],
      ]),
      expected,
      `${phone} ${tablet}`,
    );
});

test("what lies in an inbox reached nobody until it is acknowledged", () => {
  const inbox: [ProviderName, MarkName][] = [["websocket", "accepted"]];
  assert.equal(said(onFailure, inbox), `waits ${INBOX_ACK_MS}`);
  assert.equal(said(onFailure, inbox, { acked: true }), "ends");
  assert.equal(said(onFailure, inbox, { afterMs: INBOX_ACK_MS }), "climbs");
  assert.equal(said(onFailure, [...inbox, ["apns", "gone"]]), `waits ${INBOX_ACK_MS}`);
  assert.equal(said(onFailure, [...inbox, ["apns", "accepted"]]), "ends");
  assert.equal(
    said(onFailure, [
      ["websocket", "failed"],
      ["apns", "gone"],
    ]),
    "climbs",
  );
});

test("without a receipt in time the next rung is tried, whatever the provider said", () => {
  const accepted: [ProviderName, MarkName][] = [["apns", "accepted"]];
  assert.equal(said(afterFive, accepted), "waits 300000");
  assert.equal(said(afterFive, accepted, { afterMs: 299_999 }), "waits 300000");
  assert.equal(said(afterFive, accepted, { afterMs: 300_000 }), "climbs");
  assert.equal(said(afterFive, accepted, { afterMs: 300_000, acked: true }), "ends");
  assert.equal(said(afterFive, [["apns", "throttled"]], { afterMs: 300_000 }), "climbs");
  assert.equal(said(afterFive, [["apns", "gone"]]), "climbs");
});

test("the last rung ends the ladder; one beyond it as well", () => {
  assert.equal(said(afterFive, [["sns", "rejected"]], { rung: 1 }), "climbs");
  assert.equal(said(afterFive, [["ses", "rejected"]], { rung: 2 }), "ends");
  assert.equal(said(afterFive, [], { rung: 3 }), "ends");
});

test("the first look is the shortest time that anybody may wait for", () => {
  assert.equal(firstLookMs([{ channels: ["mobilePush"] }, { channels: ["sms"] }]), undefined);
  assert.equal(firstLookMs(onFailure), INBOX_ACK_MS);
  assert.equal(firstLookMs([{ channels: ["mobilePush"] }, { channels: ["sms"], afterS: 300 }]), 300_000);
  assert.equal(firstLookMs([push]), undefined);
});
