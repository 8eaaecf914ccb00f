import { judge } from "../ladder/judge.ts";
import { rungsOf } from "../ladder/rungs.ts";
import { type Standing, standingAfter } from "../ladder/standing.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Notification } from "../notification/notification.ts";
import type { PlanRow } from "../plan/plan-row.ts";
import { type Channel, FINAL_STATES } from "../words.ts";
import type { Found } from "./place-of.ts";

/** Where a row names the person. */
export type Named = { row: PlanRow; found: Found };

/** The rungs above the one a person stands on. */
export type Above = {
  channels: Channel[];
  /** Why they are not tried: the person was reached, or is waited for. */
  reason: "rung_not_needed" | "rung_waits";
  /** When the next one is tried unless something is acknowledged. */
  atMs?: number;
};

/** What has become of the rungs that a person was not tried on; undefined where there are none. */
export function rungsAbove(
  notification: Notification,
  named: readonly Named[],
  ledgers: ReadonlyMap<string, Ledger>,
  isAcknowledged: boolean,
  nowMs: number,
): Above | undefined {
  const rungs = rungsOf(notification);
  let standing: Standing | undefined;
  for (const { row, found } of named)
    standing = standingAfter(rungs, standing, { ...found, decidedAtMs: row.createdAtMs }, ledgers);
  if (standing === undefined) return undefined;
  const channels = rungs.slice(standing.rung + 1).flatMap((rung) => rung.channels);
  if (standing.targets.length === 0 || channels.length === 0) return undefined;
  const told = isAcknowledged ? { ...standing, acknowledged: true as const } : standing;
  const judged = judge(rungs, told, nowMs);
  if (judged.kind === "ends" || FINAL_STATES.includes(notification.state))
    return { channels, reason: "rung_not_needed" };
  return { channels, reason: "rung_waits", ...(judged.kind === "waits" && { atMs: judged.untilMs }) };
}
