/** What Lambda would bill, so that the figure does not depend on how busy this machine is. */

/** Memory at which Lambda gives one whole CPU. */
const MB_PER_CPU = 1769;

export type BilledWork = {
  cpuMs: number;
  memoryMb: number;
  /** Time the function would have waited for a provider; 0 when nothing was simulated. */
  roundTripMs: number;
};

/** Lambda bills whole milliseconds, at least one. */
export function billedMs({ cpuMs, memoryMb, roundTripMs }: BilledWork): number {
  return Math.max(1, Math.ceil(Math.max((cpuMs * MB_PER_CPU) / memoryMb, roundTripMs)));
}
