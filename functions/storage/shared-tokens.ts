import { alive, type Table, ttlOf } from "./table.ts";

const keyOf = (key: string) => ({ pk: `token#${key}` });

/** Providers' access tokens, sealed by who made them, shared by all environments. */
export function sharedTokenStore(guard: Table, now: () => number) {
  return {
    async get(key: string): Promise<{ sealed: string; issuedAtMs: number; version: number } | undefined> {
      const item = alive(await guard.get(keyOf(key), { consistent: true }), now());
      return item as { sealed: string; issuedAtMs: number; version: number } | undefined;
    },

    /** False when the stored version is not the expected one (none: nothing that is still alive). */
    async put(
      key: string,
      token: { sealed: string; issuedAtMs: number },
      expectedVersion: number | undefined,
      ttlMs: number,
    ): Promise<boolean> {
      const nowMs = now();
      const { ok } = await guard.put(
        { ...keyOf(key), ...token, version: (expectedVersion ?? 0) + 1, ttl: ttlOf(nowMs + ttlMs) },
        expectedVersion === undefined
          ? {
              condition: "attribute_not_exists(pk) OR #ttl <= :now",
              names: { "#ttl": "ttl" },
              values: { ":now": Math.floor(nowMs / 1000) },
            }
          : {
              condition: "#version = :expected",
              names: { "#version": "version" },
              values: { ":expected": expectedVersion },
            },
      );
      return ok;
    },
  };
}
