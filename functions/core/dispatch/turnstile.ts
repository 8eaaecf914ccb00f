/**
 * Lets work in as long as the weights inside stay within a capacity, in turns between keys, so that what is slow for
 * one key does not fill the place for all.
 *
 * - The next turn is the key's that holds least of what is inside; of those that hold as much as each other, the one's
 *   whose next work has waited longest. Within a key, first come, first served.
 * - Work inside cannot be called back. So a key that holds some takes more only up to `share` of what the others leave
 *   (with 0.8: four fifths where it is alone); above that it has no turn. A key that holds nothing takes what there is.
 * - Whose turn it is goes in as soon as it fits, and nobody else goes in before it: heavy work is not kept out by a
 *   stream of light work. What is heavier than the whole capacity goes in alone.
 *
 * With a `share` of 1 and one key this is a plain line. Each decision looks at every key that waits.
 */
export type Turnstile = {
  run<T>(key: string, weight: number, work: () => Promise<T>): Promise<T>;
};

type Waiting = { weight: number; cameAs: number; enter: () => void };

export function turnstile(capacity: number, share = 1): Turnstile {
  const waiting = new Map<string, Waiting[]>();
  const held = new Map<string, number>();
  let inside = 0;
  let came = 0;

  /** Whose turn it is; undefined: all that wait do so for work of their own keys. */
  const turn = () => {
    let first: { key: string; head: Waiting; holds: number } | undefined;
    for (const [key, [head]] of waiting as Map<string, [Waiting]>) {
      const holds = held.get(key) ?? 0;
      if (holds > 0 && holds + head.weight > share * (capacity - (inside - holds))) continue;
      const isBefore =
        first === undefined ||
        holds < first.holds ||
        (holds === first.holds && head.cameAs < first.head.cameAs);
      if (isBefore) first = { key, head, holds };
    }
    return first;
  };

  const hold = (key: string, weight: number) => {
    inside += weight;
    const holds = (held.get(key) ?? 0) + weight;
    if (holds > 0) held.set(key, holds);
    else held.delete(key);
  };

  const letIn = () => {
    for (let next = turn(); next !== undefined; next = turn()) {
      const { key, head } = next;
      if (inside > 0 && inside + head.weight > capacity) return;
      const line = waiting.get(key)!;
      line.shift();
      if (line.length === 0) waiting.delete(key);
      hold(key, head.weight);
      head.enter();
    }
  };

  return {
    async run(key, weight, work) {
      await new Promise<void>((enter) => {
        const own = { weight, cameAs: came++, enter };
        const line = waiting.get(key);
        if (line) line.push(own);
        else waiting.set(key, [own]);
        letIn();
      });
      try {
        return await work();
      } finally {
        hold(key, -weight);
        letIn();
      }
    },
  };
}
