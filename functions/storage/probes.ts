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

type Whose = { app: string; provider: string };

/** Whether it is this environment's turn to ask; where it is not, when any of them last had an answer (0: not yet). */
export async function takeProbe(
  guard: Table,
  { app, provider }: Whose,
  nowMs: number,
): Promise<"ours" | { answeredAtMs: number }> {
  const written = await guard.update(probeKey(app, provider), "SET atMs = :now, #ttl = :ttl", {
    condition: "attribute_not_exists(atMs) OR atMs <= :before",
    names: { "#ttl": "ttl" },
    values: { ":now": nowMs, ":before": nowMs - EVERY_MS, ":ttl": ttlOf(nowMs + KEPT_MS) },
  });
  return written.ok ? "ours" : { answeredAtMs: Number(written.existing?.["answeredAtMs"] ?? 0) };
}

/** A probe was answered: who else waits for that learns it here. */
export async function tellAnswered(guard: Table, { app, provider }: Whose, nowMs: number): Promise<void> {
  await guard.update(probeKey(app, provider), "SET answeredAtMs = :now, failures = :none, #ttl = :ttl", {
    names: { "#ttl": "ttl" },
    values: { ":now": nowMs, ":none": 0, ":ttl": ttlOf(nowMs + KEPT_MS) },
  });
}

/** Failures that lie further apart are no row of failures. */
const APART_MS = 30_000;

/** One more failure. @returns how many there have been in a row, as far as environments told them */
export async function addFailure(guard: Table, { app, provider }: Whose, nowMs: number): Promise<number> {
  const key = probeKey(app, provider);
  const names = { "#ttl": "ttl" };
  const values = { ":now": nowMs, ":one": 1, ":ttl": ttlOf(nowMs + KEPT_MS) };
  const added = await guard.update(key, "SET failedAtMs = :now, #ttl = :ttl ADD failures :one", {
    condition: "failedAtMs > :before",
    names,
    values: { ...values, ":before": nowMs - APART_MS },
    returns: "ALL_NEW",
  });
  if (added.ok) return Number(added.item?.["failures"] ?? 1);
  await guard.update(key, "SET failedAtMs = :now, failures = :one, #ttl = :ttl", { names, values });
  return 1;
}
