import type { Context } from "aws-lambda";
import { metric } from "./metrics.ts";

/** Below this nobody needs to know. */
const TOLD_FROM_PERCENT = 75;
/** A busy environment looks this often; the alarm looks at minutes. */
const LOOK_MS = 1_000;

let lookedAtMs = Number.NEGATIVE_INFINITY;

/** A function's handler that also tells how full its environment's memory is, however an invocation ends. */
export function watchingMemory<E, A>(
  handler: (event: E, context: Context) => Promise<A>,
): (event: E, context: Context) => Promise<A> {
  return async (event, context) => {
    try {
      return await handler(event, context);
    } finally {
      tellMemory(context);
    }
  };
}

function tellMemory({ memoryLimitInMB }: Context): void {
  const atMs = performance.now();
  if (atMs - lookedAtMs < LOOK_MS) return;
  lookedAtMs = atMs;
  const percent = (100 * process.memoryUsage.rss()) / (Number(memoryLimitInMB) * 1024 * 1024);
  if (percent > TOLD_FROM_PERCENT) metric("memoryPercent", percent, { unit: "Percent" });
}
