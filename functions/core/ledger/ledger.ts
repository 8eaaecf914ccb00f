import type { UnknownRule } from "../policy/category.ts";
import type { Mark, Marks } from "./mark.ts";

/** What the provider said of a target that was not plainly accepted. */
export type Note = {
  status?: number;
  reason?: string;
  providerId?: string;
  /** `gone`: since when, as the provider said. */
  sinceMs?: number;
  /** A bad token that a wrong configuration could also explain. */
  suspect?: boolean;
  /** An earlier attempt was left in doubt: the provider may have it, whatever it said since. */
  doubt?: boolean;
  atMs: number;
};

/** Rules that hold for a job as long as it lives; they travel in its message. */
export type JobRules = {
  /** Attempts per target, the first included. */
  attempts: number;
  unknown: UnknownRule;
  /** Targets in doubt after a crash, at most. */
  window: number;
};

/**
 * The outcomes of one job, by position.
 *
 *   leased   an owner sends; positions below `startedThrough` may have reached the provider
 *   waiting  nobody owns the job: open targets wait for `notBeforeMs`, the pending ones of a pass that was stopped for
 *            a worker only
 *   settled  every target is final; after-steps run, each idempotent by job id
 *
 * A settled job is closed once the progress of its bucket counts it (the last after-step): no write of its own.
 */
export type Ledger = {
  version: 1;
  jobId: string;
  digest: string;
  count: number;
  state: "leased" | "waiting" | "settled";
  owner: string;
  /** Raised by every write; a writer must name the revision it read (the fence). */
  revision: number;
  leaseUntilMs: number;
  startedThrough: number;
  attempt: number;
  passes: number;
  crashes: number;
  notBeforeMs: number;
  updatedAtMs: number;
  marks: Marks;
  notes: Record<number, Note>;
};

export type Claim = {
  jobId: string;
  digest: string;
  count: number;
  owner: string;
  nowMs: number;
  leaseMs: number;
  rules: JobRules;
};

/** Leases that may crash before a job is declared poison. */
export const MAX_CRASHES = 5;
/** Passes over the open targets before they fail, whatever they wait for: the hop limit of a job. */
export const MAX_PASSES = 32;

/** A target that an attempt before this one may have reached. */
export const wasInDoubt = ({ notes }: Pick<Ledger, "notes">, position: number): boolean =>
  notes[position]?.doubt === true;

export const markAt = (ledger: Ledger, position: number): Mark => ledger.marks[position] as Mark;
