import { TAKES_MANY } from "../words.ts";
import type { Job } from "./job.ts";

/** Requests that one environment has under way: what is more waits in line, not in a provider's connections. */
export const REQUESTS_AT_ONCE = 1_000;

/** Requests that a job may have under way: one for each target of a window, or one for all of them. */
export const requestsAtOnce = ({
  provider,
  targets,
  rules,
}: Pick<Job, "provider" | "targets" | "rules">): number =>
  TAKES_MANY.has(provider) ? 1 : Math.min(targets.length, rules.window);
