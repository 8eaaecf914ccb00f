import type { LoadLevel } from "../core/load/load-level.ts";
import type { Priority } from "../core/words.ts";
import type { Table } from "./table.ts";

/** What the reconciler saw in the last minute. */
export type Load = {
  level: LoadLevel;
  atMs: number;
  backlog: Record<Priority, number>;
  oldestUnplannedS: number;
};

/** Level of load, written once a minute, read by whoever accepts. */
export function loadStore(guard: Table) {
  return {
    async read(): Promise<Load | undefined> {
      const item = await guard.get({ pk: "load" });
      return item?.["load"] as Load | undefined;
    },
    async write(load: Load): Promise<void> {
      await guard.put({ pk: "load", load });
    },
  };
}
export type LoadStore = ReturnType<typeof loadStore>;
