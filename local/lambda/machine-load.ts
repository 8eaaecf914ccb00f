/** Whether this machine has CPU to spare. */

import { cpus } from "node:os";

const SAMPLE_MS = 250;
/** Below this share of idle time, another process only takes from those that run. */
const SPARE = 0.15;

type Times = { idle: number; all: number };

function timesNow(): Times {
  const all = cpus().map(({ times }) => times);
  const idle = all.reduce((sum, times) => sum + times.idle, 0);
  return { idle, all: all.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, idle) };
}

let last = timesNow();
let sampledMs = performance.now();
let busy = false;

/** Over the last quarter of a second or so; the machine's other work counts as well. */
export function machineIsBusy(): boolean {
  if (performance.now() - sampledMs < SAMPLE_MS) return busy;
  const now = timesNow();
  const passed = now.all - last.all;
  if (passed > 0) busy = (now.idle - last.idle) / passed < SPARE;
  last = now;
  sampledMs = performance.now();
  return busy;
}
