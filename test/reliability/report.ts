import { cpus } from "node:os";
import type { Audited } from "./audit.ts";
import { quantile } from "./probe.ts";

/** One line of the results: what was done, what came of it. */
export type Row = {
  fault: string;
  times: number;
  targets: number;
  lost: number;
  /** Ended as failed, expired or in doubt, and said so. */
  given_up: number;
  sentTwicePer10000: number;
  recoveryP50S: number | string;
  recoveryP99S: number | string;
};

export type Latency = {
  under: string;
  targets: number;
  aloneP50Ms: number;
  underP50Ms: number;
  aloneP99Ms: number;
  underP99Ms: number;
  /** The longest of all under it. */
  worstMs: number;
};

/** The audit has thrown if a target is missing: lost is what it found, not what it hopes. */
export function rowOf(fault: string, times: number, found: Audited, recoveryS: readonly number[]): Row {
  const { accepted = 0, ...others } = found.marks;
  const givenUp = Object.values(others).reduce((sum, count) => sum + count, 0);
  const seconds = (share: number) => (recoveryS.length > 0 ? Math.round(quantile(recoveryS, share)) : "");
  return {
    fault,
    times,
    targets: found.targets,
    lost: found.targets - accepted - givenUp,
    given_up: givenUp,
    sentTwicePer10000: found.targets > 0 ? Math.round((found.extra / found.targets) * 10_000) : 0,
    recoveryP50S: seconds(0.5),
    recoveryP99S: seconds(0.99),
  };
}

export function markdown(rows: readonly object[]): string {
  const [first] = rows;
  if (first === undefined) return "";
  const line = (cells: readonly unknown[]) => `| ${cells.join(" | ")} |`;
  const heads = Object.keys(first);
  return [line(heads), line(heads.map(() => "---")), ...rows.map((row) => line(Object.values(row)))].join(
    "\n",
  );
}

export const machine = () => `${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}`;
