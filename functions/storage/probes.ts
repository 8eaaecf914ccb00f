import { probeKey } from "./keys.ts";
import { type Table, ttlOf } from "./table.ts";

/** All environments together ask a silent provider once a second. */
const EVERY_MS = 1_000;
const KEPT_MS = 3_600_000;

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
