import { type Claim, type Ledger, MAX_CRASHES, markAt, wasInDoubt } from "./ledger.ts";
import { isOpen, MARK, type Mark } from "./mark.ts";

/**
 * What a worker that received a job's message may do.
 *
 *   send     it holds the lease: send the window [from, startedThrough) of `ledger`'s pending targets
 *   finish   every target is final with this ledger, which must be written: then run the after-steps
 *   settled  every target was final before: run the after-steps, which may have run already
 *   wait     somebody else holds it, or its targets wait: come back at `untilMs`
 *   refused  the body is not the one this job began with
 */
export type ClaimAnswer =
  | { kind: "send"; ledger: Ledger }
  | { kind: "finish"; ledger: Ledger }
  | { kind: "wait"; untilMs: number; why: "leased" | "waiting" }
  | { kind: "settled"; ledger: Ledger }
  | { kind: "refused" };

/** Digest of a ledger whose job was ended before a worker had its message, and so its body. */
const UNTAKEN = "";

/** The ledger that the first worker of a job writes, its first window already started. */
export function openLedger(claim: Claim): Ledger {
  const marks = new Uint8Array(claim.count);
  return {
    version: 1,
    jobId: claim.jobId,
    digest: claim.digest,
    count: claim.count,
    state: "leased",
    owner: claim.owner,
    revision: 1,
    leaseUntilMs: claim.nowMs + claim.leaseMs,
    startedThrough: windowEnd(marks, claim.rules.window),
    attempt: 1,
    passes: 1,
    crashes: 0,
    notBeforeMs: 0,
    updatedAtMs: claim.nowMs,
    marks,
    notes: {},
  };
}

/** Judges a claim on a job that has a ledger already; `ledger` in the answer is what must be written (fenced). */
export function reclaim(existing: Ledger, claim: Claim): ClaimAnswer {
  if (existing.state === "settled" && existing.digest === UNTAKEN)
    return { kind: "settled", ledger: existing };
  if (existing.digest !== claim.digest || existing.count !== claim.count) return { kind: "refused" };
  if (existing.state === "settled") return { kind: "settled", ledger: existing };
  if (existing.state === "waiting") return leaveWaiting(existing, claim);
  if (existing.leaseUntilMs > claim.nowMs) {
    return { kind: "wait", untilMs: existing.leaseUntilMs, why: "leased" };
  }
  return afterCrash(existing, claim);
}

function leaveWaiting(existing: Ledger, claim: Claim): ClaimAnswer {
  if (existing.marks.includes(MARK.pending)) return { kind: "send", ledger: goOn(existing, claim) };
  if (existing.notBeforeMs > claim.nowMs) {
    return { kind: "wait", untilMs: existing.notBeforeMs, why: "waiting" };
  }
  const opened = reopened(existing, isOpen, claim.nowMs);
  return { kind: "send", ledger: { ...goOn(opened, claim), passes: existing.passes + 1 } };
}

/**
 * A pass that was stopped goes on with those it has not come to. What it has tried waits for its end: who was told to
 * wait is not asked again before, and holds up nobody.
 */
function goOn(existing: Ledger, claim: Claim): Ledger {
  const startedThrough = windowEnd(existing.marks, claim.rules.window);
  return { ...taken(existing, claim), state: "leased", startedThrough };
}

/** Open marks that are to be sent again. That one was left in doubt is noted beside its mark, which says so no more. */
export function reopened(
  ledger: Ledger,
  which: (mark: Mark, position: number) => boolean,
  nowMs: number,
): Ledger {
  const marks = ledger.marks.slice();
  const notes = { ...ledger.notes };
  for (const [position, mark] of ledger.marks.entries()) {
    if (!which(mark as Mark, position)) continue;
    marks[position] = MARK.pending;
    if (mark === MARK.doubtful) notes[position] = { ...(notes[position] ?? { atMs: nowMs }), doubt: true };
  }
  return { ...ledger, marks, notes };
}

/**
 * The owner vanished in mid-pass: what it had started and not settled is in doubt, what lies beyond was never sent.
 */
function afterCrash(existing: Ledger, claim: Claim): ClaimAnswer {
  const doubt = claim.rules.unknown === "resend" ? MARK.doubtful : MARK.unknown;
  const marks = existing.marks.slice();
  for (let position = 0; position < existing.startedThrough; position++) {
    if (marks[position] === MARK.pending) marks[position] = doubt;
  }
  const crashes = existing.crashes + 1;
  if (crashes >= MAX_CRASHES)
    return { kind: "finish", ledger: poisoned({ ...existing, marks, crashes }, claim) };
  const startedThrough = windowEnd(marks, claim.rules.window);
  return { kind: "send", ledger: { ...taken(existing, claim), marks, crashes, startedThrough } };
}

function poisoned(existing: Ledger, claim: Claim): Ledger {
  const marks = existing.marks.map((mark, position) => {
    if (!isOpen(mark as Mark)) return mark;
    return mark === MARK.doubtful || wasInDoubt(existing, position) ? MARK.unknown : MARK.poison;
  });
  return { ...taken(existing, claim), state: "settled", marks };
}

function taken(existing: Ledger, claim: Claim): Ledger {
  return {
    ...existing,
    owner: claim.owner,
    revision: existing.revision + 1,
    leaseUntilMs: claim.nowMs + claim.leaseMs,
    updatedAtMs: claim.nowMs,
  };
}

/** One past the last position of the next `window` pending targets; the old end when none is left. */
export function windowEnd(marks: Ledger["marks"], window: number): number {
  let left = window;
  let end = 0;
  for (let position = 0; position < marks.length && left > 0; position++) {
    if (marks[position] !== MARK.pending) continue;
    end = position + 1;
    left--;
  }
  return end;
}

/** Positions of the started window that have no answer yet. */
export function startedPending(ledger: Ledger): number[] {
  const positions: number[] = [];
  for (let position = 0; position < ledger.startedThrough; position++) {
    if (markAt(ledger, position) === MARK.pending) positions.push(position);
  }
  return positions;
}
