import { TAKES_MANY } from "../words.ts";
import type { Job } from "./job.ts";

/**
 * Requests that one environment has under way for one app's provider: what is more waits in line, not in the
 * provider's connections.
 */
export const REQUESTS_AT_ONCE = 1_000;
/** Of what the others leave, so much is for one app's provider: a slow one has the others wait for no answer of its. */
export const ROOM_SHARE = 0.8;
/** Requests of all apps and providers together: beside the thousand of one a window of a broadcast (200) fits in. */
export const ROOM = REQUESTS_AT_ONCE / ROOM_SHARE;

/** Requests that a job may have under way: one for each target of a window, or one for all of them. */
export const requestsAtOnce = ({
  provider,
  targets,
  rules,
}: Pick<Job, "provider" | "targets" | "rules">): number =>
  TAKES_MANY.has(provider) ? 1 : Math.min(targets.length, rules.window);
