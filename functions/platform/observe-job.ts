import type { Job } from "../core/dispatch/job.ts";
import type { Ledger } from "../core/ledger/ledger.ts";
import type { MarkName } from "../core/ledger/mark.ts";
import { settings } from "./env.ts";
import { type Measured, metrics } from "./metrics.ts";

/** Marks that count as failed for the metric's `outcome`. */
const OUTCOME: Partial<Record<MarkName, string>> = { poison: "failed", misconfigured: "failed" };
const FAILED: ReadonlySet<string> = new Set(["rejected", "failed", "unknown"]);
const byOf = (): string[][] => [
  ["outcome"],
  [...(settings().metricsByApp ? ["app"] : []), "provider", "priority", "outcome"],
];

/** Tells a closed job: one line for people and metrics both, and one more for each further outcome. */
export function observeJob(job: Job, ledger: Ledger, counts: Partial<Record<MarkName, number>>): void {
  const { app, provider, priority, channel } = job;
  const marks = Object.entries(counts) as [MarkName, number][];
  const dimensions = { app, provider, priority };
  const by = byOf();
  const outcomeOf = (mark: MarkName) => OUTCOME[mark] ?? mark;
  const [first, ...others] = marks.map(([mark, value]) => ({ value, outcome: outcomeOf(mark) }));
  const misconfigured = counts.misconfigured ?? 0;
  const measured: Measured[] = [
    ...(first ? [{ name: "outcomes", value: first.value, by } as const] : []),
    ...settled(marks.map(([mark, value]) => [outcomeOf(mark), value])),
    {
      name: "latencyMs",
      value: Math.max(0, ledger.updatedAtMs - (job.sendAtMs ?? job.createdAtMs)),
      unit: "Milliseconds",
      by: [[], ["priority"]],
    },
    ...(misconfigured > 0
      ? [{ name: "misconfigured", value: misconfigured, by: [[], ["app", "provider"]] } as const]
      : []),
  ];
  metrics(measured, {
    level: "info",
    message: "job closed",
    time: new Date().toISOString(),
    ...dimensions,
    ...(first && { outcome: first.outcome }),
    notification: job.notification,
    job: job.id,
    channel,
    targets: job.targets.length,
    outcomes: marks.map(([mark, count]) => `${mark}:${count}`).join(" "),
    passes: ledger.passes,
    ...(job.traceparent && { traceparent: job.traceparent }),
  });
  for (const { value, outcome } of others)
    metrics([{ name: "outcomes", value, by }], { ...dimensions, outcome });
}

/** What failed, of what was tried: what was left out on purpose is neither. */
function settled(outcomes: readonly [outcome: string, count: number][]): Measured[] {
  const sum = (of: (outcome: string) => boolean) =>
    outcomes.reduce((total, [outcome, count]) => total + (of(outcome) ? count : 0), 0);
  const failed = sum((outcome) => FAILED.has(outcome));
  const tried = failed + sum((outcome) => outcome === "accepted");
  return tried === 0
    ? []
    : [
        { name: "tried", value: tried },
        { name: "failed", value: failed },
      ];
}
