import { userHash } from "../hash.ts";
import type { AppFacts, Candidate, Decision, Question } from "../plan/decide.ts";
import { decideRungs } from "../plan/decide-rungs.ts";
import { decideDetour } from "../plan/detour.ts";
import type { ReadPage } from "../plan/plan-page.ts";
import { judge } from "./judge.ts";
import type { Rung } from "./rungs.ts";
import { closedRoads, mayDetour, type Standing } from "./standing.ts";

/** Who has to be tried again, and how. */
export type Climbing = { kind: "climbs" | "detours"; standing: Standing };
/** By the hash of the user, base64. */
export type Climbers = Map<string, Climbing>;

type Person = { user: string; candidate: Candidate; decision: Decision };
/** Who is not there any more has nothing but a hash. */
type Gone = { hash: Buffer; decision: Decision & { targets: [] } };

export type ClimbDecisions = {
  people: Person[];
  gone: Gone[];
  /** They may be decided better when another job has ended. */
  later: Standing[];
};

export type Climb = {
  question: Question;
  rungs: readonly Rung[];
  facts: AppFacts;
  nowMs: number;
};

/**
 * What becomes of everybody who climbs, who has acknowledged and who has gone included: whoever has a record is not
 * looked at again for the same reason.
 */
export function decideClimbs(
  climb: Climb,
  climbing: Climbers,
  { candidates }: Pick<ReadPage, "candidates">,
  acknowledged: ReadonlySet<string>,
): ClimbDecisions {
  const there = new Map(
    candidates.map((candidate) => [userHash(candidate.user).toString("base64"), candidate]),
  );
  const decided: ClimbDecisions = { people: [], gone: [], later: [] };
  for (const [key, climber] of climbing) {
    const candidate = there.get(key);
    if (candidate?.recipient === undefined) {
      decided.gone.push({ hash: Buffer.from(key, "base64"), decision: GONE });
      continue;
    }
    const { user } = candidate;
    const decision = acknowledged.has(user) ? NOT_NEEDED : decideClimb(climb, climber, candidate);
    if (decision) decided.people.push({ user, candidate, decision });
    else decided.later.push(climber.standing);
  }
  return decided;
}

const GONE: Gone["decision"] = { reason: "no_such_user", targets: [], skips: [] };
const NOT_NEEDED: Decision = { reason: "rung_not_needed", targets: [], skips: [] };
const NOWHERE: Decision = { reason: "no_other_road", targets: [], skips: [] };

/** By another road first; where there is none any more, on the next rung if this one has failed. */
function decideClimb(
  { question, rungs, facts, nowMs }: Climb,
  { kind, standing }: Climbing,
  candidate: Candidate,
): Decision | undefined {
  const above = () => decideRungs(rungs, standing.rung + 1, question, candidate, facts);
  if (kind === "climbs") return above();
  const { channels } = rungs[standing.rung]!;
  const detour = decideDetour({ ...question, channels }, candidate, facts, closedRoads(standing));
  if (detour.length > 0) return { reason: "sent", targets: detour, skips: [] };
  // The record would end the detours of the person's other devices too.
  if (mayDetour(standing)) return undefined;
  const judged = judge(rungs, { ...standing, withoutDetours: true }, nowMs);
  return judged.kind === "climbs" ? above() : NOWHERE;
}
