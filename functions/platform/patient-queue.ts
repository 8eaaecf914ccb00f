import { setTimeout as pause } from "node:timers/promises";
import type { QueueKey } from "../names.ts";
import { log } from "./log.ts";
import { type Outgoing, sendAll } from "./queues.ts";

const AT_ONCE = 10;
const PAUSES_MS = [200, 1_000];

/**
 * For who has nobody behind it that repeats its work soon: the ten messages of which some were not taken are sent
 * again. Those that were taken come twice then.
 * @throws Error when they are not taken the third time either
 */
export async function sendPatiently(queue: QueueKey, messages: readonly Outgoing[]): Promise<void> {
  for (let next = 0; next < messages.length; next += AT_ONCE)
    await sendTen(queue, messages.slice(next, next + AT_ONCE));
}

async function sendTen(queue: QueueKey, messages: readonly Outgoing[]): Promise<void> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await sendAll(queue, messages);
    } catch (error) {
      log.warn("messages are sent again", {
        queue,
        messages: messages.length,
        why: (error as Error).message,
      });
      await pause(pauseMs);
    }
  }
  await sendAll(queue, messages);
}
