import type { Outcome } from "../dispatch/outcome.ts";
import type { JudgeTokens } from "../dispatch/verdict.ts";
import type { Follower } from "./topic-change.ts";

/** A token whose change was asked of Google, and the answer. */
export type Judged = { follower: Follower; outcome: Outcome };

/** What becomes of a topic's message by Google's answers. */
export type AfterChange =
  | { kind: "done" }
  /** Nothing of it can succeed before somebody mends the app's configuration. */
  | { kind: "refused"; why: string }
  /** Those alone that Google did not answer for. */
  | { kind: "again"; users: string[]; retryAfterMs: number };

const OPEN: ReadonlySet<Outcome["kind"]> = new Set(["retry", "throttled", "unknown"]);
const isOpen = ({ outcome }: Judged): boolean => OPEN.has(outcome.kind);

/** Whether an answer is the whole request's: such a one has a status. One token's own (too many topics) has none. */
export const refusesChange = ({ kind, status }: Outcome): boolean =>
  kind === "misconfigured" || (kind === "rejected" && status !== undefined);

export function afterChange(judged: readonly Judged[]): AfterChange {
  const refusal = judged.find(({ outcome }) => refusesChange(outcome))?.outcome;
  if (refusal) {
    const what = refusal.kind === "misconfigured" ? "the app's credentials" : "the topic's change";
    return { kind: "refused", why: `Google refuses ${what}: ${refusal.reason}` };
  }
  const open = judged.filter(isOpen);
  if (open.length === 0) return { kind: "done" };
  return {
    kind: "again",
    users: [...new Set(open.map(({ follower }) => follower.user))],
    retryAfterMs: Math.max(...open.map(({ outcome }) => outcome.retryAfterMs ?? 0)),
  };
}

/** How many tokens ended how, and Google's reasons; nothing of whose they are. */
export function countsOf(judged: readonly Judged[]) {
  const count = (kind: Outcome["kind"]) => judged.filter(({ outcome }) => outcome.kind === kind).length;
  const reasons = Map.groupBy(
    judged.flatMap(({ outcome: { reason } }) => reason ?? []),
    (reason) => reason,
  );
  return {
    accepted: count("accepted"),
    gone: count("gone"),
    rejected: count("rejected"),
    open: judged.filter(isOpen).length,
    ...(reasons.size > 0 && {
      reasons: [...reasons].map(([reason, { length }]) => `${reason} ${length}`).join(", "),
    }),
  };
}

/** Tokens and ids at their longest, that many stay below the 1 MiB of a message. */
const SUSPECTS_A_MESSAGE = 300;

/** Tokens that Google calls bad, as messages take them, and how many it called good. */
export function suspectsOf(
  judged: readonly Judged[],
  atMs: number,
): { slices: JudgeTokens["tokens"][]; good: number } {
  const suspects = judged
    .filter(({ outcome }) => outcome.kind === "gone")
    .map(({ follower, outcome: { reason = "gone" } }) => ({ ...follower, reason, atMs }));
  const slices = Array.from({ length: Math.ceil(suspects.length / SUSPECTS_A_MESSAGE) }, (_, n) =>
    suspects.slice(n * SUSPECTS_A_MESSAGE, (n + 1) * SUSPECTS_A_MESSAGE),
  );
  return { slices, good: judged.filter(({ outcome }) => outcome.kind === "accepted").length };
}
