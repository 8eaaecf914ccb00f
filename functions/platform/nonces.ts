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
