import type { Job } from "../../functions/core/dispatch/job.ts";
import { REQUESTS_AT_ONCE, requestsAtOnce } from "../../functions/core/dispatch/requests-at-once.ts";

/** A window ends when its slowest request is answered (60 ms away) and its outcomes are written (10 ms). */
const WINDOW_MS = 70;

type Waits = Pick<Job, "provider" | "targets" | "rules">;

/**
 * How long a dispatcher with these jobs in one batch waits for providers, in ms: the windows of a job follow each
 * other, and jobs go side by side, in the order of their coming, as far as the limit of requests lets them.
 */
export function waitingMs(jobs: readonly Waits[]): number {
  const inside: { endMs: number; weight: number }[] = [];
  let [nowMs, lastMs] = [0, 0];
  for (const job of jobs) {
    const weight = requestsAtOnce(job);
    while (inside.length > 0 && sum(inside) + weight > REQUESTS_AT_ONCE) {
      inside.sort((a, b) => a.endMs - b.endMs);
      nowMs = inside.shift()!.endMs;
    }
    const endMs = nowMs + Math.ceil(job.targets.length / job.rules.window) * WINDOW_MS;
    inside.push({ endMs, weight });
    lastMs = Math.max(lastMs, endMs);
  }
  return lastMs;
}

const sum = (all: readonly { weight: number }[]): number =>
  all.reduce((total, { weight }) => total + weight, 0);

/** The jobs of an event from a dispatcher's queue. */
export function jobsOf(event: unknown): Waits[] {
  const { Records: records = [] } = event as { Records?: { body: string }[] };
  return records.map(({ body }) => JSON.parse(body) as Job).filter(({ kind }) => kind === "job");
}
