import assert from "node:assert/strict";
import { test } from "node:test";
import { MARK } from "../../../../functions/core/ledger/mark.ts";
import { listKey } from "../../../../functions/core/plan/shards.ts";

import { ask, device, ledgerOf, notification, PEOPLE, rowFor, T0 } from "./world.ts";

const LADDER = notification({ state: "sending", ladder: [{ channels: ["sms"], afterS: 300 }] });
const withPhone = PEOPLE.map((one) => ({ ...one, phone: "+4915112345678" }));
const pageOf = () => ({
  ...rowFor(
    LADDER,
    withPhone.map((recipient) => ({ user: recipient.user, recipient })),
    listKey(0),
  ),
  ladder: true as const,
});

test("a rung above: when it is tried, and that it was not needed once a device has told", async () => {
  const world = { header: LADDER, row: pageOf(), people: withPhone, ledgers: [ledgerOf("job-fcm", {})] };
  const waiting = await ask(world, "user01");
  const rung = waiting.evidence.find(({ channel }) => channel === "sms");
  assert.deepEqual([rung?.outcome, rung?.reason], ["skipped", "rung_waits"]);
  assert.equal(
    waiting.next?.en,
    "is tried by sms at 12:05:00 UTC on 3 May 2026 unless a device tells that it has arrived",
  );
  const told = await ask({ ...world, receipts: { delivered: T0 + 4_000, clicked: T0 + 9_000 } }, "user01");
  assert.match(told.sentence, /the user opened it at 12:00:09 UTC on 3 May 2026\.$/);
  assert.equal(told.evidence.find(({ channel }) => channel === "sms")?.reason, "rung_not_needed");
  assert.deepEqual(told.receipts, {
    delivered: new Date(T0 + 4_000).toISOString(),
    clicked: new Date(T0 + 9_000).toISOString(),
  });
  assert.equal(told.next, undefined);
});

test("a climb: both rungs stand in the account, with what became of each", async () => {
  const page = pageOf();
  const climber = withPhone[0]!;
  const climb = rowFor(
    notification({ channels: ["sms"] }),
    [{ user: climber.user, recipient: climber }],
    `${listKey(0)}!0001`,
  );
  const note = { status: 404, reason: "UNREGISTERED", atMs: T0 + 2_000 };
  const ledgers = [
    ledgerOf("job-fcm", { marks: new Uint8Array([MARK.gone]), notes: { 0: note } }),
    ledgerOf("job-sns", {}),
  ];
  const world = { header: LADDER, row: page, climbs: [climb], people: withPhone, ledgers };
  const { sentence, evidence } = await ask(world, "user01");
  assert.deepEqual(
    evidence.filter(({ outcome }) => outcome !== "skipped").map(({ channel, outcome }) => [channel, outcome]),
    [
      ["mobilePush", "gone"],
      ["sms", "accepted"],
    ],
  );
  assert.match(sentence, /^user01 was sent it: SNS accepted it for the phone number at 12:00:03 UTC/);
  assert.match(sentence, /the Pixel has a token that the provider no longer knows/);
});

test("a detour: by which provider the phone was tried next, without a ladder too", async () => {
  const phone = device("pixel", "fcmToken", { model: "Pixel" });
  const other = device("pixel", "apns", { model: "Pixel" });
  const both = { ...PEOPLE[0]!, devices: [{ ...phone, tokens: [...phone.tokens, ...other.tokens] }] };
  const header = notification({ state: "sending" });
  const row = { ...rowFor(header, [{ user: "user01", recipient: both }], listKey(0)), ladder: true as const };
  const detour = rowFor(
    header,
    [{ user: "user01", recipient: { ...both, devices: [phone] } }],
    `${listKey(0)}!0001`,
  );
  const note = { status: 410, reason: "Unregistered", atMs: T0 + 2_000 };
  const ledgers = [
    ledgerOf("job-apns", { marks: new Uint8Array([MARK.gone]), notes: { 0: note } }),
    ledgerOf("job-fcm", {}),
  ];
  const world = { header, row, climbs: [detour], people: [both], ledgers };
  const { sentence, sentenceZh, next } = await ask(world, "user01");
  assert.match(sentence, /^user01 was sent it: FCM accepted it for the Pixel at 12:00:03 UTC on 3 May 2026;/);
  assert.match(
    sentence,
    /the Pixel has a token that the provider no longer knows .*\(APNs: 410 Unregistered\), so FCM was tried next\.$/,
  );
  assert.match(sentenceZh, /随后改用 FCM/);
  assert.equal(next, undefined);
});
