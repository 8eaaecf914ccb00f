import type { Job } from "../core/dispatch/job.ts";
import { headerStore } from "../storage/headers.ts";
import { now, tableOf } from "./clients.ts";
import { log } from "./log.ts";

/** A job that is put back is received again and again: told at the first time and then at every tenth. */
const EVERY = 10;
const LATER_MS = 600_000;

/**
 * A short list's job that waits before it is claimed (for a quota, a silent provider, a pause) leaves no trace, and the
 * reconciler would take its message for lost and send another: it is told to look later.
 */
export async function tellThatItWaits(job: Job, receiveCount: number): Promise<void> {
  const { app, notification } = job;
  if (job.ofJobs === undefined || receiveCount % EVERY !== 1) return;
  await headerStore(tableOf("delivery"), now)
    .waits(app, notification, now() + LATER_MS)
    // Then it is sent again, which costs a message and nothing else.
    .catch((error) => log.error("the reconciler is not told", error, { app, notification }));
}
