import { ttlOf } from "../storage/table.ts";
import { now, tableOf } from "./clients.ts";

/** Takes a nonce once until `expiresAtMs`; false when somebody has taken it before. */
export async function takeNonce(name: string, expiresAtMs: number): Promise<boolean> {
  const written = await tableOf("guard").put(
    { pk: `nonce#${name}`, ttl: ttlOf(expiresAtMs) },
    {
      condition: "attribute_not_exists(pk) OR #ttl < :now",
      names: { "#ttl": "ttl" },
      values: { ":now": ttlOf(now()) },
    },
  );
  return written.ok;
}

/**
 * Takes a nonce for one holder until `expiresAtMs`: the same holder takes it as often as it likes (a message that is
 * received again), another never.
 */
export async function takeNonceFor(name: string, holder: string, expiresAtMs: number): Promise<boolean> {
  const written = await tableOf("guard").put(
    { pk: `nonce#${name}`, holder, ttl: ttlOf(expiresAtMs) },
    {
      condition: "attribute_not_exists(pk) OR holder = :holder OR #ttl < :now",
      names: { "#ttl": "ttl" },
      values: { ":now": ttlOf(now()), ":holder": holder },
    },
  );
  return written.ok;
}
