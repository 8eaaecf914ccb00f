import type { Outcome } from "../dispatch/outcome.ts";
import { reopened, windowEnd } from "./claim.ts";
import { type JobRules, type Ledger, MAX_PASSES, type Note, wasInDoubt } from "./ledger.ts";
import { isOpen, MARK, type Mark } from "./mark.ts";

/** Answers of one window, by position. */
export type Answers = ReadonlyMap<number, Outcome>;

export type Turn = {
  nowMs: number;
  leaseMs: number;
  rules: JobRules;
  /** The provider answers nobody: what it refused was no attempt, and a pass that ends so is none. */
  silent?: boolean;
  /** A repetition stands beside the first message: a second answer that is lost counts, also in a silence. */
  repetitionStands?: boolean;
};

/** The mark of an outcome on its first look; a pass's end turns open marks into final ones when attempts are spent. */
export function markOf(outcome: Outcome, rules: JobRules): Mark {
  switch (outcome.kind) {
    case "accepted":
      return MARK.accepted;
    case "gone":
      return MARK.gone;
    case "rejected":
      return MARK.rejected;
    case "retry":
      return MARK.retry;
    case "throttled":
      return MARK.throttled;
    case "misconfigured":
      return MARK.misconfigured;
    case "suppressed":
      return outcome.reason === "expired"
        ? MARK.expired
        : outcome.reason === "cancelled"
          ? MARK.cancelled
          : MARK.suppressed;
    case "unknown":
      return rules.unknown === "resend" ? MARK.doubtful : MARK.unknown;
    default:
      return outcome.kind satisfies never;
  }
}

/**
 * After a window: its answers are written and the next window is started in the same write.
 * When no pending target is left the pass ends: settled, or waiting for the next pass.
 */
export function afterWindow(
  ledger: Ledger,
  answers: Answers,
  turn: Turn,
  waitMs: (retryAfterMs: number, attempt: number) => number,
): Ledger {
  const marks = ledger.marks.slice();
  const notes = { ...ledger.notes };
  let retryAfterMs = 0;
  for (const [position, outcome] of answers) {
    const doubt = wasInDoubt(ledger, position);
    const mark = markOf(outcome, turn.rules);
    marks[position] = doubt ? stillInDoubt(mark) : mark;
    retryAfterMs = Math.max(retryAfterMs, outcome.retryAfterMs ?? 0);
    if (outcome.kind === "accepted" && !outcome.providerId) delete notes[position];
    else notes[position] = { ...noteOf(outcome, turn.nowMs), ...(doubt && { doubt }) };
  }
  const told: Ledger = {
    ...ledger,
    marks,
    notes,
    revision: ledger.revision + 1,
    leaseUntilMs: turn.nowMs + turn.leaseMs,
    updatedAtMs: turn.nowMs,
    notBeforeMs: Math.max(ledger.notBeforeMs, retryAfterMs > 0 ? turn.nowMs + retryAfterMs : 0),
  };
  const except = turn.repetitionStands ? lostTwice(ledger, answers) : NOBODY;
  const written = turn.silent ? forgiven(told, turn.nowMs, except) : told;
  if (written.marks.includes(MARK.pending))
    return { ...written, startedThrough: windowEnd(written.marks, turn.rules.window) };
  return endPass(written, turn, waitMs);
}

const NOBODY: ReadonlySet<number> = new Set();

/** Whose answer was lost for the second time: now, or in an earlier window of the pass, as in a silence each probe is one. */
function lostTwice(ledger: Ledger, answers: Answers): ReadonlySet<number> {
  const isLost = (position: number, mark: number) =>
    mark === MARK.doubtful || answers.get(position)?.kind === "unknown";
  const lost = [...ledger.marks.entries()].filter(
    ([position, mark]) => isLost(position, mark) && wasInDoubt(ledger, position),
  );
  return new Set(lost.map(([position]) => position));
}

/** A provider that is down has refused nobody, and how long it asked to be left alone was no word to them. */
function forgiven(ledger: Ledger, nowMs: number, except: ReadonlySet<number>): Ledger {
  const open = reopened(ledger, (mark, position) => wasTried(mark) && !except.has(position), nowMs);
  return open.marks.includes(MARK.throttled) ? open : { ...open, notBeforeMs: 0 };
}

/** What spends an attempt. */
const wasTried = (mark: number): boolean => mark === MARK.retry || mark === MARK.doubtful;

/** What a later attempt is told about itself says nothing of the one that is in doubt. */
function stillInDoubt(mark: Mark): Mark {
  if (mark === MARK.accepted || mark === MARK.throttled) return mark;
  return isOpen(mark) ? MARK.doubtful : MARK.unknown;
}

function endPass(
  ledger: Ledger,
  turn: Turn,
  waitMs: (retryAfterMs: number, attempt: number) => number,
): Ledger {
  const tried = ledger.marks.some(wasTried);
  const passes = turn.silent ? ledger.passes - 1 : ledger.passes;
  const spent = passes >= MAX_PASSES || (tried && ledger.attempt >= turn.rules.attempts);
  const marks = spent ? giveUp(ledger, passes >= MAX_PASSES) : ledger.marks;
  if (!marks.some((mark) => isOpen(mark as Mark))) return { ...ledger, marks, state: "settled" };
  const toldMs = Math.max(0, ledger.notBeforeMs - turn.nowMs);
  return {
    ...ledger,
    marks,
    state: "waiting",
    attempt: tried ? ledger.attempt + 1 : ledger.attempt,
    passes,
    startedThrough: 0,
    // Throttled passes spend no attempt and wait longer all the same: their number is bounded.
    notBeforeMs: turn.nowMs + waitMs(toldMs, Math.max(ledger.attempt, passes)),
  };
}

/** Attempts are spent: what was tried has failed, what is in doubt stays in doubt; the throttled wait on unless `all`. */
function giveUp(ledger: Ledger, all: boolean): Ledger["marks"] {
  return ledger.marks.map((mark, position) => {
    if (mark === MARK.doubtful) return MARK.unknown;
    if (mark !== MARK.retry && !(all && mark === MARK.throttled)) return mark;
    return wasInDoubt(ledger, position) ? MARK.unknown : MARK.failed;
  });
}

/** Ends all open targets at once: the notification was cancelled or its time is over. */
export function endOpen(
  ledger: Ledger,
  as: "cancelled" | "expired",
  turn: Pick<Turn, "nowMs" | "leaseMs">,
): Ledger {
  const marks = ledger.marks.map((mark, position) => {
    if (!isOpen(mark as Mark)) return mark;
    return mark === MARK.doubtful || wasInDoubt(ledger, position) ? MARK.unknown : MARK[as];
  });
  return {
    ...ledger,
    marks,
    state: "settled",
    revision: ledger.revision + 1,
    leaseUntilMs: turn.nowMs + turn.leaseMs,
    updatedAtMs: turn.nowMs,
  };
}

/**
 * The worker gives the job back in mid-pass, nothing of the started window being sent or in doubt. Nobody who was told
 * to wait is forgotten for that.
 */
export function release(ledger: Ledger, untilMs: number): Ledger {
  return {
    ...ledger,
    state: "waiting",
    startedThrough: 0,
    notBeforeMs: Math.max(ledger.notBeforeMs, untilMs),
    revision: ledger.revision + 1,
    leaseUntilMs: 0,
  };
}

function noteOf(outcome: Outcome, atMs: number): Note {
  const note: Note = { atMs };
  if (outcome.status !== undefined) note.status = outcome.status;
  if (outcome.reason !== undefined) note.reason = outcome.reason.slice(0, 120);
  if (outcome.providerId !== undefined) note.providerId = outcome.providerId.slice(0, 120);
  if (outcome.sinceMs !== undefined) note.sinceMs = outcome.sinceMs;
  if (outcome.tokenSuspect) note.suspect = true;
  return note;
}
