import { readFileSync } from "node:fs";
import type { Pool } from "../../local/lambda/pool.ts";

const SAMPLE_MS = 100;
const PAGE_BYTES = 4_096;

/** Peak of the memory that the functions' processes hold together, and of the largest one, in MB. */
export function watchMemory(functions: Pick<Pool, "environments">) {
  const peak = { sumMb: 0, largestMb: 0 };
  const look = () => {
    const sizes = functions.environments().map(({ pid }) => residentMb(pid));
    peak.sumMb = Math.max(
      peak.sumMb,
      sizes.reduce((sum, size) => sum + size, 0),
    );
    peak.largestMb = Math.max(peak.largestMb, ...sizes);
  };
  const timer = setInterval(look, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      return peak;
    },
  };
}

function residentMb(pid: number): number {
  try {
    const [, resident] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
    return (Number(resident) * PAGE_BYTES) / 1024 / 1024;
  } catch {
    return 0; // it has ended between the list and the look
  }
}
