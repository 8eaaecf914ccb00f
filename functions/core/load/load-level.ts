import type { Priority } from "../words.ts";

export type LoadLevel = "normal" | "medium" | "high";

/** What waits in the queues of one priority. */
export type Pressure = {
  /** Messages ready to be received. */
  backlog: number;
  oldestS: number;
};

/** From where a priority's queues count as loaded (the operator's configuration). */
export type LoadLimits = { mediumBacklog: number; highBacklog: number; mediumAgeS: number; highAgeS: number };

/**
 * The level from which requests are refused: medium refuses low priority, high refuses normal as well.
 * A backlog of low alone never refuses normal: it waits behind it anyway.
 */
export function loadLevel(pressures: Record<Priority, Pressure>, limits: LoadLimits): LoadLevel {
  const { high, normal, low } = pressures;
  const urgent = [levelOf(high, limits), levelOf(normal, limits)];
  if (urgent.includes("high")) return "high";
  return urgent.includes("medium") || levelOf(low, limits) !== "normal" ? "medium" : "normal";
}

function levelOf({ backlog, oldestS }: Pressure, limits: LoadLimits): LoadLevel {
  if (backlog >= limits.highBacklog || oldestS >= limits.highAgeS) return "high";
  return backlog >= limits.mediumBacklog || oldestS >= limits.mediumAgeS ? "medium" : "normal";
}

/** Whether a level refuses a priority: high is always taken. */
export const refuses = (level: LoadLevel, priority: Priority): boolean =>
  (priority === "low" && level !== "normal") || (priority === "normal" && level === "high");
