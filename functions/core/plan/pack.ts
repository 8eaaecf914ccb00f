import type { WireTarget } from "../dispatch/job.ts";

/** One SQS billing unit is 64 KiB; what else a job's message holds is less than the rest. */
const TARGETS_BYTES = 64_000;
/** Notes of a job whose targets all fail must fit into its ledger item. */
const MAX_TARGETS = 700;

export const wireBytes = (target: WireTarget): number => Buffer.byteLength(JSON.stringify(target)) + 1;

/** Sizes of the jobs that `targets` fill in order. */
export function jobSizes(targets: readonly WireTarget[]): number[] {
  const sizes: number[] = [];
  let count = 0;
  let bytes = 0;
  for (const target of targets) {
    const size = wireBytes(target);
    if (count > 0 && (bytes + size > TARGETS_BYTES || count >= MAX_TARGETS)) {
      sizes.push(count);
      count = 0;
      bytes = 0;
    }
    count++;
    bytes += size;
  }
  if (count > 0) sizes.push(count);
  return sizes;
}
