import type { Rung } from "../ladder/rungs.ts";
import { type AppFacts, type Candidate, type Decision, decide, type Question, type Skip } from "./decide.ts";

/**
 * Decides on the lowest rung, from `first` up, that reaches the person at all: one without any road has failed before
 * it is tried. The reason and the skips are those of all rungs looked at, the first one's reason first.
 */
export function decideRungs(
  rungs: readonly Rung[],
  first: number,
  question: Omit<Question, "channels">,
  candidate: Candidate,
  facts: AppFacts,
): Decision {
  let before: Decision | undefined;
  const skips: Skip[] = [];
  for (const { channels } of rungs.slice(first)) {
    const decision = decide({ ...question, channels }, candidate, facts);
    skips.push(...decision.skips);
    if (decision.targets.length > 0) return { ...decision, skips };
    before ??= decision;
  }
  return { reason: before?.reason ?? "no_active_device", targets: [], skips };
}
