import assert from "node:assert/strict";
import { test } from "node:test";
import { notificationAnswer } from "../../../../functions/core/api/notification-answers.ts";
import type { Totals } from "../../../../functions/core/explain/tally.ts";
import type { Notification } from "../../../../functions/core/notification/notification.ts";

const T0 = Date.UTC(2026, 10, 21);
const header = {
  ...{ app: "a", id: "n", state: "sending", category: "marketing", priority: "low", channels: ["email"] },
  ...{ revision: 1, createdAtMs: T0, expiresAtMs: T0 + 86_400_000 },
} as unknown as Notification;
const NOTHING: Totals = { accepted: 0, failed: 0, suppressed: 0, unknown: 0, pending: 0 };
const estimate = (
  totals: Partial<Totals>,
  more: Partial<Notification> = {},
  inOpenJobs = 0,
): string | undefined => {
  const tally = {
    totals: { ...NOTHING, ...totals },
    counts: [],
    walked: 0,
    openJobs: 0,
    closedJobs: new Set<string>(),
  };
  return notificationAnswer({ ...header, ...more }, { tally, receipts: {}, inOpenJobs }, T0 + 60_000)
    .estimatedEndAt;
};
const at = (ms: number): string => new Date(T0 + ms).toISOString();

test("at the pace so far: a fifth in a minute is the rest in four", () => {
  assert.equal(estimate({ accepted: 15, failed: 5, pending: 80 }), at(300_000));
  assert.equal(estimate({ accepted: 15, failed: 5, pending: 80 }, { sendAtMs: T0 + 30_000 }), at(180_000));
});

test("what open jobs have settled counts as done", () => {
  assert.equal(estimate({ pending: 100 }, {}, 20), at(300_000));
  assert.equal(estimate({ accepted: 10, pending: 90 }, {}, 10), at(300_000));
  assert.equal(estimate({ pending: 100 }, {}, 100), undefined, "they are about to be closed");
});

test("no estimate before anything is sent, after all is, or when it is over", () => {
  assert.equal(estimate({ pending: 100 }), undefined);
  assert.equal(estimate({ accepted: 100 }), undefined);
  assert.equal(estimate({ accepted: 1, pending: 1 }, { state: "cancelled" }), undefined);
});

test("what would come too late is ended by its time to live", () => {
  assert.equal(estimate({ accepted: 1, pending: 1_000_000 }), at(86_400_000));
});
