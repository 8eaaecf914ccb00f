import { isOpen, MARK, type Mark } from "../ledger/mark.ts";
import { CHANNEL_OF, type ProviderName } from "../words.ts";
import type { Rung } from "./rungs.ts";

/** A stored message has reached nobody yet: so long its reader has to acknowledge it before it counts as missed. */
export const INBOX_ACK_MS = 10_000;

/** Where a person stands: the targets of the last rung that was tried. */
export type Standing = {
  /** Index into the notification's rungs. */
  rung: number;
  triedAtMs: number;
  targets: readonly { provider: ProviderName; mark: Mark }[];
};

export type Judgement =
  /** Reached, acknowledged, or on the last rung: nothing is tried any more. */
  | { kind: "ends" }
  /** Targets are still on their way; their jobs' end asks again. */
  | { kind: "open" }
  | { kind: "waits"; untilMs: number }
  | { kind: "climbs" };

/**
 * Whether a person is tried on the next rung. A rung succeeds when any device or address of the person accepted, or the
 * inbox was acknowledged; it fails when all have settled otherwise.
 * @param isAcknowledged whether a receipt of the notification, or the inbox' acknowledgement, has come
 */
export function judge(
  rungs: readonly Rung[],
  standing: Standing,
  isAcknowledged: boolean,
  nowMs: number,
): Judgement {
  const next = rungs[standing.rung + 1];
  if (next === undefined || isAcknowledged) return { kind: "ends" };
  const devices = standing.targets.filter(({ provider }) => provider !== "websocket");
  const reached = devices.some(({ mark }) => mark === MARK.accepted);
  const deadlineMs = next.afterS === undefined ? undefined : standing.triedAtMs + next.afterS * 1000;
  if (deadlineMs !== undefined && nowMs >= deadlineMs) return { kind: "climbs" };
  const onItsWay = standing.targets.some(({ mark }) => isOpen(mark));
  if (reached || onItsWay) {
    if (deadlineMs !== undefined) return { kind: "waits", untilMs: deadlineMs };
    return { kind: reached ? "ends" : "open" };
  }
  const readableUntilMs = standing.triedAtMs + INBOX_ACK_MS;
  const inInbox = standing.targets.some(
    ({ provider, mark }) => provider === "websocket" && mark === MARK.accepted,
  );
  if (inInbox && nowMs < readableUntilMs)
    return { kind: "waits", untilMs: Math.min(readableUntilMs, deadlineMs ?? readableUntilMs) };
  return { kind: "climbs" };
}

/** The rung that targets of these providers belong to; -1 = none of them. */
export const rungAt = (rungs: readonly Rung[], providers: readonly ProviderName[]): number =>
  rungs.findIndex(({ channels }) => providers.some((provider) => channels.includes(CHANNEL_OF[provider])));

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
