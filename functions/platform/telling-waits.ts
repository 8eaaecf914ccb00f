import { headerStore } from "../storage/headers.ts";
import { now, tableOf } from "./clients.ts";
import { log } from "./log.ts";

/** What is put back is received again and again: told at the first time, and then about once a minute. */
const EVERY_MS = 60_000;
/** Should its message get lost all the same, that is found so much later. */
const LATER_MS = 180_000;

type Waiting = { app: string; notification: string };

/**
 * A plan, or a short list's job before it is claimed, that waits (for the end of a pause, a quota, a silent provider)
 * leaves no trace, and the reconciler would take its message for lost and send another: it is told to look later.
 */
export async function tellThatItWaits(
  { app, notification }: Waiting,
  receiveCount: number,
  waitMs: number,
): Promise<void> {
  const every = Math.max(1, Math.floor(EVERY_MS / Math.max(1, waitMs)));
  if ((receiveCount - 1) % every !== 0) return;
  await headerStore(tableOf("delivery"), now)
    .waits(app, notification, now() + Math.max(waitMs, EVERY_MS) + LATER_MS)
    // Then it is sent again, which costs a message and nothing else.
    .catch((error) => log.error("the reconciler is not told", error, { app, notification }));
}
