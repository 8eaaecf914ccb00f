import type { WireTarget } from "../dispatch/job.ts";

/**
 * Two of SQS's billing units of 64 KiB, less what else a job's message holds: a job costs two writes, a read and a log
 * line however many targets it has (docs/adr/0029).
 */
const TARGETS_BYTES = 129_500;
/** Notes of a job whose targets all fail must fit into its ledger item. */
const MAX_TARGETS = 700;
/** So little of a last window is left to the next job: it would cost a write, and the wait for its answers. */
const SMALL_WINDOW = 0.1;

export const wireBytes = (target: WireTarget): number => Buffer.byteLength(JSON.stringify(target)) + 1;

/** Sizes of the jobs that `targets` fill in order, to be sent in windows of so many. */
export function jobSizes(targets: readonly WireTarget[], window: number): number[] {
  const bytes = targets.map(wireBytes);
  const sizes: number[] = [];
  for (let first = 0; first < bytes.length; first += sizes.at(-1)!) {
    const fit = howManyFit(bytes, first);
    sizes.push(first + fit < bytes.length ? withoutSmallWindow(fit, window) : fit);
  }
  return sizes;
}

/** From `first` on, and one at least, however large it is. */
function howManyFit(bytes: readonly number[], first: number): number {
  let end = first;
  for (let left = TARGETS_BYTES; end < bytes.length && end - first < MAX_TARGETS; end++) {
    left -= bytes[end]!;
    if (left < 0) break;
  }
  return Math.max(1, end - first);
}

function withoutSmallWindow(count: number, window: number): number {
  const last = count % window;
  return count > window && last <= window * SMALL_WINDOW ? count - last : count;
}
