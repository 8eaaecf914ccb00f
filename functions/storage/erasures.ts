import { erasureKey } from "./keys.ts";
import { type Table, ttlOf } from "./table.ts";

/** Longer than any client token lives (24 hours), with what clocks may differ by. */
const KEPT_MS = 25 * 3_600_000;

/** When people were erased: client tokens from before it still go round. */
export function erasureStore(guard: Table) {
  return {
    async note(app: string, user: string, atMs: number): Promise<void> {
      await guard.put({ ...erasureKey(app, user), atMs, ttl: ttlOf(atMs + KEPT_MS) });
    },

    /** Undefined where nothing is known; what is over is told too, as no token can be that old. */
    async of(app: string, user: string): Promise<number | undefined> {
      const item = await guard.get(erasureKey(app, user), { consistent: true });
      return item && Number(item["atMs"]);
    },
  };
}
