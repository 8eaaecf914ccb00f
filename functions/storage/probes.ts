import { probeKey, silentKey } from "./keys.ts";
import { type Table, ttlOf } from "./table.ts";

/** All environments together ask a silent provider once a second. */
const EVERY_MS = 1_000;
const KEPT_MS = 3_600_000;

/** A provider that was probed since then is still silent for some app. */
const SILENT_MS = 30_000;

/** A probe goes out because the provider is silent: GET /health tells, without saying for whom. */
export async function tellSilent(guard: Table, provider: string, nowMs: number): Promise<void> {
  await guard.update(silentKey, "SET #provider = :now", {
    names: { "#provider": provider },
    values: { ":now": nowMs },
  });
}

/** Providers that were silent within the last half minute. */
export async function silentProviders(guard: Table, nowMs: number): Promise<string[]> {
  const { pk: _pk, ...seen } = (await guard.get(silentKey)) ?? {};
  return Object.keys(seen).filter((provider) => nowMs - Number(seen[provider]) < SILENT_MS);
}

/** @returns whether it is this environment's turn to ask */
export async function takeProbe(
  guard: Table,
  { app, provider }: { app: string; provider: string },
  nowMs: number,
): Promise<boolean> {
  const { ok } = await guard.update(probeKey(app, provider), "SET atMs = :now, #ttl = :ttl", {
    condition: "attribute_not_exists(atMs) OR atMs <= :before",
    names: { "#ttl": "ttl" },
    values: { ":now": nowMs, ":before": nowMs - EVERY_MS, ":ttl": ttlOf(nowMs + KEPT_MS) },
  });
  return ok;
}
