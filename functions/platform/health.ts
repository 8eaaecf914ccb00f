import type { HealthAnswer } from "../core/api/public-operations.ts";
import { ENV } from "../names.ts";
import { type Load, loadStore } from "../storage/load.ts";
import { silentProviders } from "../storage/probes.ts";
import { cached } from "./cached.ts";
import { now, tableOf } from "./clients.ts";
import { need } from "./env.ts";

/** The reconciler writes every minute; five without it mean that it does not run. */
const STALE_MS = 300_000;

/** Health checks come often and from everywhere: one read serves them for this long. */
const load = cached<Load | undefined>(5_000, () => loadStore(tableOf("guard")).read(), { now });
const silent = cached<string[]>(5_000, () => silentProviders(tableOf("guard"), now()), { now });

export async function health(): Promise<HealthAnswer> {
  const [seen, breakers] = await Promise.all([load.get("load"), silent.get("breakers")]);
  const fresh = seen !== undefined && now() - seen.atMs < STALE_MS ? seen : undefined;
  return {
    status: "ok",
    version: need(ENV.version),
    load: fresh?.level ?? "unknown",
    oldestUnplannedS: fresh?.oldestUnplannedS ?? null,
    breakers,
  };
}
