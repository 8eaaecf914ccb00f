import assert from "node:assert/strict";
import { test } from "node:test";
import { firstLookMs, INBOX_ACK_MS, judge } from "../../../../functions/core/ladder/judge.ts";
import type { Rung } from "../../../../functions/core/ladder/rungs.ts";
import type { Standing } from "../../../../functions/core/ladder/standing.ts";
import { MARK, type MarkName } from "../../../../functions/core/ledger/mark.ts";
import type { ProviderName } from "../../../../functions/core/words.ts";

const TRIED = 1_000_000;
const push: Rung = { channels: ["inApp", "mobilePush"] };
const onFailure: Rung[] = [push, { channels: ["sms"] }];
const afterFive: Rung[] = [push, { channels: ["sms"], afterS: 300 }, { channels: ["email"] }];

const at = (marks: [ProviderName, MarkName][], rung = 0) => ({
  rung,
  triedAtMs: TRIED,
  targets: marks.map(([provider, mark], deviceHash) => ({ provider, deviceHash, mark: MARK[mark] })),
});
const said = (
  rungs: Rung[],
  marks: [ProviderName, MarkName][],
  { acked = false, afterMs = 0, rung = 0 } = {},
): string => {
  const acknowledged = acked ? { acknowledged: true as const } : {};
  const answer = judge(rungs, { ...at(marks, rung), ...acknowledged }, TRIED + afterMs);
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

/** One phone's roads in the order of their trying, each with another one behind it but the last. */
const phone = (...marks: [ProviderName, MarkName][]) =>
  marks.map(([provider, mark], index) => ({
    ...{ provider, deviceHash: 7, mark: MARK[mark] },
    ...(index < 2 && { otherRoad: true as const }),
  }));
const tablet = (mark: MarkName) => ({ provider: "apns" as const, deviceHash: 8, mark: MARK[mark] });
const judged = (
  targets: Standing["targets"],
  rungs: Rung[] = onFailure,
  more: Partial<Standing> = {},
  afterMs = 0,
) => {
  const answer = judge(rungs, { rung: 0, triedAtMs: TRIED, targets, ...more }, TRIED + afterMs);
  return answer.kind;
};

test("a refused device is tried by its other roads before the next rung, whatever became of the others", () => {
  const table: [MarkName, string][] = [
    ["gone", "detours"],
    ["rejected", "detours"],
    ["misconfigured", "detours"],
    ["failed", "detours"],
    ["unknown", "climbs"],
    ["suppressed", "climbs"],
    ["expired", "climbs"],
    ["poison", "climbs"],
    ["accepted", "ends"],
    ["retry", "open"],
  ];
  for (const [mark, expected] of table) assert.equal(judged(phone(["mi", mark])), expected, mark);
  assert.equal(judged([...phone(["mi", "gone"]), tablet("accepted")]), "detours");
  assert.equal(judged([...phone(["mi", "pending"]), tablet("accepted")]), "open", "it may be refused yet");
  assert.equal(judged(phone(["mi", "gone"], ["fcm", "rejected"])), "detours");
  assert.equal(judged(phone(["mi", "gone"], ["fcm", "accepted"])), "ends");
  assert.equal(judged(phone(["mi", "gone"], ["fcm", "pending"])), "open");
  assert.equal(judged(phone(["mi", "gone"], ["fcm", "gone"], ["jpush", "gone"])), "climbs");
});

test("of a device with a browser's subscription too, the phone's roads are looked at alone", () => {
  const browser = { provider: "webpush" as const, deviceHash: 7, mark: MARK.accepted };
  assert.equal(judged([...phone(["mi", "gone"]), browser]), "detours");
  assert.equal(judged([browser, ...phone(["mi", "gone"])]), "detours");
});

test("without a rung above, a detour is looked for all the same", () => {
  const only: Rung[] = [push];
  assert.equal(judged(phone(["mi", "gone"]), only), "detours");
  assert.equal(judged(phone(["mi", "pending"]), only), "open");
  assert.equal(judged(phone(["mi", "accepted"]), only), "ends");
  assert.equal(judged(phone(["mi", "gone"]), only, { withoutDetours: true }), "ends");
  assert.equal(judged(phone(["mi", "pending"]), only, { withoutDetours: true }), "ends");
});

test("when the time of the rung is over, the next rung comes before another road", () => {
  assert.equal(judged(phone(["mi", "gone"]), afterFive, {}, 299_999), "detours");
  assert.equal(judged(phone(["mi", "gone"]), afterFive, {}, 300_000), "climbs");
  assert.equal(judged(phone(["mi", "gone"]), onFailure, { acknowledged: true }), "ends");
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
