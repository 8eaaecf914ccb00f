import type { Ledger } from "../ledger/ledger.ts";
import { isOpen, MARK, type Mark } from "../ledger/mark.ts";
import { type ClosedRoads, WITH_ROADS } from "../plan/detour.ts";
import type { PlannedJob, PlanRecord, RecordedTarget } from "../plan/plan-row.ts";
import { CHANNEL_OF, type ProviderName } from "../words.ts";
import type { Rung } from "./rungs.ts";

/** Where a person stands: the last rung that was tried, with all its targets in the order of their trying. */
export type Standing = {
  /** Index into the notification's rungs; their number = no rung is left that reaches the person. */
  rung: number;
  /** When the rung was first tried. */
  triedAtMs: number;
  targets: readonly (RecordedTarget & { mark: Mark })[];
  /** No other road led to the devices that had refused: none is looked for any more. */
  withoutDetours?: true;
  /** A receipt of the notification, or the inbox' acknowledgement, has come. */
  acknowledged?: true;
};

/** What a row says of a person, and when it was decided. */
export type Step = {
  record: PlanRecord;
  places: readonly { job: PlannedJob; position: number }[];
  decidedAtMs: number;
};

/** Where a person stands after one more row that names them. */
export function standingAfter(
  rungs: readonly Rung[],
  before: Standing | undefined,
  { record, places, decidedAtMs }: Step,
  ledgers: ReadonlyMap<string, Ledger>,
): Standing {
  if (before && record.reason === "no_other_road") return { ...before, withoutDetours: true };
  if (before && record.reason === "rung_not_needed") return { ...before, acknowledged: true };
  const targets = record.targets.map((target, index) => {
    const { job, position } = places[index]!;
    return { ...target, mark: (ledgers.get(job.id)?.marks[position] ?? MARK.pending) as Mark };
  });
  // Without a target there is no rung left: the person was looked at, and nothing reaches them.
  if (targets.length === 0) return { rung: rungs.length, triedAtMs: decidedAtMs, targets };
  const rung = rungAt(
    rungs,
    targets.map(({ provider }) => provider),
  );
  if (before?.rung === rung) return { ...before, targets: [...before.targets, ...targets] };
  return { rung, triedAtMs: decidedAtMs, targets };
}

/** The rung that targets of these providers belong to; -1 = none of them. */
export const rungAt = (rungs: readonly Rung[], providers: readonly ProviderName[]): number =>
  rungs.findIndex(({ channels }) => providers.some((provider) => channels.includes(CHANNEL_OF[provider])));

/** The provider has said no, and nothing has reached the device. A lost answer may have. */
const REFUSED: ReadonlySet<Mark> = new Set([MARK.gone, MARK.rejected, MARK.misconfigured, MARK.failed]);

/** The devices whose last road has refused while they have another one, with all roads that have refused them. */
export function closedRoads({ targets, withoutDetours }: Standing): ClosedRoads {
  const closed = new Map<number, Set<ProviderName>>();
  if (withoutDetours) return closed;
  const roads = targets.filter(({ provider }) => WITH_ROADS.includes(CHANNEL_OF[provider]));
  for (const [device, tried] of Map.groupBy(roads, ({ deviceHash }) => deviceHash)) {
    const { otherRoad, mark } = tried.at(-1)!;
    if (otherRoad && REFUSED.has(mark)) closed.set(device, new Set(tried.map(({ provider }) => provider)));
  }
  return closed;
}

/** Whether a road that is being tried has another one behind it. */
export const mayDetour = ({ targets, withoutDetours }: Standing): boolean =>
  !withoutDetours && targets.some(({ otherRoad, mark }) => otherRoad && isOpen(mark));
