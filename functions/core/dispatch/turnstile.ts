/** Lets work through in the order of its coming, as long as the weights inside stay within a capacity. */
export type Turnstile = {
  /** Work that is heavier than the whole capacity goes in alone. */
  run<T>(weight: number, work: () => Promise<T>): Promise<T>;
};

export function turnstile(capacity: number): Turnstile {
  const waiting: { weight: number; enter: () => void }[] = [];
  let inside = 0;
  const letIn = () => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (inside > 0 && inside + next.weight > capacity) return;
      waiting.shift();
      inside += next.weight;
      next.enter();
    }
  };
  return {
    async run(weight, work) {
      await new Promise<void>((enter) => {
        waiting.push({ weight, enter });
        letIn();
      });
      try {
        return await work();
      } finally {
        inside -= weight;
        letIn();
      }
    },
  };
}
