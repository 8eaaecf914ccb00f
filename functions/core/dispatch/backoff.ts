import type { Priority, ProviderName } from "../words.ts";

const BASE_MS: Record<Priority, number> = { high: 1_000, normal: 5_000, low: 10_000 };
const CAP_MS = 60_000;

/** Retry minima that providers ask for where they name none (facts: FCM 10 s; Apple: 5xx after 15 min). */
export const PROVIDER_MINIMUM_MS: Partial<Record<ProviderName, number>> = { fcm: 10_000 };

/**
 * Wait before attempt `attempt + 1`: base doubled per attempt, full jitter, at most 60 s;
 * what the provider asked for wins when it is longer.
 */
export function backoffMs(input: {
  priority: Priority;
  attempt: number;
  retryAfterMs: number;
  minimumMs: number;
  random: () => number;
}): number {
  const ceiling = Math.min(CAP_MS, BASE_MS[input.priority] * 2 ** (input.attempt - 1));
  return Math.max(Math.round(ceiling * input.random()), input.minimumMs, input.retryAfterMs);
}
