import { setTimeout as sleep } from "node:timers/promises";

/** Two looks this far apart: a message just handed over is in nobody's count for a moment. */
const TURN_MS = 2;

export type QuietChecks = {
  add(isQuiet: () => boolean, name: string): () => void;
  settled(timeoutMs: number): Promise<void>;
};

export function createQuietChecks(): QuietChecks {
  const checks = new Set<{ name: string; isQuiet: () => boolean }>();
  const noisy = () => [...checks].filter((check) => !check.isQuiet()).map((check) => check.name);

  return {
    add(isQuiet, name) {
      const check = { name, isQuiet };
      checks.add(check);
      return () => checks.delete(check);
    },
    async settled(timeoutMs) {
      const deadline = performance.now() + timeoutMs;
      let quietTurns = 0;
      while (quietTurns < 2) {
        const loud = noisy();
        quietTurns = loud.length === 0 ? quietTurns + 1 : 0;
        if (loud.length > 0 && performance.now() > deadline) {
          throw new Error(`Still busy after ${timeoutMs} ms of real time: ${loud.join(", ")}.`);
        }
        if (quietTurns < 2) await sleep(TURN_MS);
      }
    },
  };
}
