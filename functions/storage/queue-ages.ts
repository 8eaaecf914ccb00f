import type { QueueKey } from "../names.ts";
import type { Table } from "./table.ts";

/** An age that nobody has confirmed for this long says nothing any more. */
export const AGE_GOOD_FOR_MS = 120_000;
const KEY = { pk: "queueAges" };

/** How long the messages of each queue had waited when they were last received; SQS itself does not tell. */
export function queueAgeStore(guard: Table, now: () => number) {
  return {
    async tell(queue: QueueKey, ageMs: number): Promise<void> {
      await guard.update(KEY, "SET #queue = :said", {
        names: { "#queue": queue },
        values: { ":said": [ageMs, now()] },
      });
    },

    /** What was told of each queue lately. */
    async read(): Promise<Map<QueueKey, QueueAge>> {
      const item = await guard.get(KEY);
      const said = Object.entries(item ?? {}).filter(([name]) => name !== "pk") as [
        QueueKey,
        [number, number],
      ][];
      const fresh = said.filter(([, [, atMs]]) => now() - atMs < AGE_GOOD_FOR_MS);
      return new Map(fresh.map(([queue, [ageMs, atMs]]) => [queue, { ageMs, sinceMs: now() - atMs }]));
    },
  };
}

/** Age of the messages last received, and how long ago that was. */
export type QueueAge = { ageMs: number; sinceMs: number };

/** At most how long the oldest waiting message waits: nothing older was received since. */
export const waitOf = (age: QueueAge | undefined): number => (age ? age.ageMs + age.sinceMs : 0);
