import { isOpen, MARK } from "../ledger/mark.ts";
import type { Rung } from "./rungs.ts";
import { closedRoads, mayDetour, type Standing } from "./standing.ts";

/** A stored message has reached nobody yet: so long its reader has to acknowledge it before it counts as missed. */
export const INBOX_ACK_MS = 10_000;

export type Judgement =
  /** Reached, acknowledged, or on the last rung: nothing is tried any more. */
  | { kind: "ends" }
  /** Targets are still on their way; their jobs' end asks again. */
  | { kind: "open" }
  | { kind: "waits"; untilMs: number }
  /** A provider has refused a device to which another road leads: that one is tried, on the same rung. */
  | { kind: "detours" }
  | { kind: "climbs" };

/**
 * Whether a person is tried by another road or on the next rung. A rung succeeds when any device or address of the
 * person accepted, or the inbox was acknowledged; it fails when all have settled otherwise, by every road.
 */
export function judge(rungs: readonly Rung[], standing: Standing, nowMs: number): Judgement {
  const next = rungs[standing.rung + 1];
  if (standing.acknowledged) return { kind: "ends" };
  const deadlineMs = next?.afterS === undefined ? undefined : standing.triedAtMs + next.afterS * 1000;
  if (deadlineMs !== undefined && nowMs >= deadlineMs) return { kind: "climbs" };
  if (closedRoads(standing).size > 0) return { kind: "detours" };
  const { reached, onItsWay } = progressOf(standing);
  const undecided = mayDetour(standing);
  if (next === undefined) return { kind: undecided ? "open" : "ends" };
  if (reached || onItsWay) {
    if (deadlineMs !== undefined) return { kind: "waits", untilMs: deadlineMs };
    return { kind: reached && !undecided ? "ends" : "open" };
  }
  return afterInbox(standing, deadlineMs, nowMs);
}

const progressOf = ({ targets }: Standing) => ({
  reached: targets.some(({ provider, mark }) => provider !== "websocket" && mark === MARK.accepted),
  onItsWay: targets.some(({ mark }) => isOpen(mark)),
});

/** No device was reached: climbs, unless it lies in the inbox and its reader still has time. */
function afterInbox(
  { triedAtMs, targets }: Standing,
  deadlineMs: number | undefined,
  nowMs: number,
): Judgement {
  const readableUntilMs = triedAtMs + INBOX_ACK_MS;
  const inInbox = targets.some(({ provider, mark }) => provider === "websocket" && mark === MARK.accepted);
  if (inInbox && nowMs < readableUntilMs)
    return { kind: "waits", untilMs: Math.min(readableUntilMs, deadlineMs ?? readableUntilMs) };
  return { kind: "climbs" };
}

/** When somebody may first have to climb without any job's end; undefined = only jobs' ends decide. */
export function firstLookMs(rungs: readonly Rung[]): number | undefined {
  const looks = rungs
    .slice(1)
    .flatMap(({ afterS }, index) => [
      ...(rungs[index]!.channels.includes("inApp") ? [INBOX_ACK_MS] : []),
      ...(afterS === undefined ? [] : [afterS * 1000]),
    ]);
  return looks.length === 0 ? undefined : Math.min(...looks);
}
