import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Preferences, toldToJobs, wants } from "../../../functions/core/policy/preferences.ts";
import { recentChanges } from "../../../functions/storage/recent-changes.ts";
import type { Item, Key, Table } from "../../../functions/storage/table.ts";

/** What jobs under way are told of preferences, and what they make of it, against the preferences themselves. */
const T0 = Date.UTC(2026, 10, 20, 12);
const CATEGORIES = ["marketing", "social"] as const;
const CHANNELS = ["email", "mobilePush"] as const;
const PLACES = [
  ...CHANNELS.map((channel) => `:${channel}`),
  ...CATEGORIES.flatMap((category) => [`${category}:`, ...CHANNELS.map((one) => `${category}:${one}`)]),
];

/** Rows of changes in memory, none of them ever full. */
function rowsInMemory() {
  const rows = new Map<string, Item & { changes: Set<string> }>();
  const guard: Pick<Table, "update"> = {
    async update({ pk }: Key, _text, when) {
      const row = rows.get(pk) ?? { pk, changes: new Set<string>() };
      const told = when?.values?.[":change"] as Set<string>;
      for (const change of told) row.changes.add(change);
      rows.set(pk, row);
      return { ok: true, item: row };
    },
  };
  return { changes: recentChanges(guard as Table), rows };
}

const drawnPreferences: fc.Arbitrary<Preferences> = fc.dictionary(fc.constantFrom(...PLACES), fc.boolean(), {
  maxKeys: 5,
});

type Drawn = { history: Preferences[]; plannedAfter: number; oneTime: boolean };

/** Tells a history, and what a job that was planned in the midst of it makes of that. */
async function judged({ history, plannedAfter, oneTime }: Drawn) {
  const { changes, rows } = rowsInMemory();
  let nowMs = T0;
  let plannedAtMs = T0;
  for (const [index, after] of history.entries()) {
    nowMs += 10;
    for (const [place, on] of toldToJobs(history[index - 1], after)) {
      if (!oneTime) nowMs++;
      await changes.note("a", "ann", place, on ? "optedIn" : "optedOut", nowMs);
    }
    if (index === plannedAfter) plannedAtMs = nowMs + 5;
  }
  return (category: string, channel: string) =>
    changes.judge([...rows.values()], plannedAtMs, { category, channel })("ann", "phone");
}

const drawn: fc.Arbitrary<Drawn> = fc
  .record({
    history: fc.array(drawnPreferences, { minLength: 2, maxLength: 6 }),
    at: fc.nat(100),
    oneTime: fc.boolean(),
  })
  .map(({ history, at, oneTime }) => ({ history, plannedAfter: at % (history.length - 1), oneTime }));

const PAIRS = CATEGORIES.flatMap((category) => CHANNELS.map((channel) => [category, channel] as const));

test("a job under way leaves out whoever does not want it any more, and nobody who wanted it all the time", () =>
  fc.assert(
    fc.asyncProperty(drawn, async (one) => {
      const why = await judged(one);
      for (const [category, channel] of PAIRS) {
        const wanted = one.history
          .slice(one.plannedAfter)
          .map((preferences) => wants(preferences, category, channel));
        // Who did not want it when it was planned is not in it.
        if (!wanted[0]) continue;
        const isOff = why(category, channel) === "preference_off";
        if (!wanted.at(-1)) assert.ok(isOff, `${category} by ${channel} is sent`);
        if (wanted.every(Boolean)) assert.ok(!isOff, `${category} by ${channel} is not sent`);
      }
    }),
    { numRuns: 2_000 },
  ));
