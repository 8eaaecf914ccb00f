import type { Spend } from "../core/policy/spend.ts";
import { type Table, ttlOf } from "./table.ts";

const DAY_MS = 86_400_000;

/** What an app has spent on a day of UTC, by key; one conditional write each. */
export function spendStore(guard: Table, app: string): Spend {
  const keyOf = (key: string, day: number) => ({ pk: `spend#${app}#${key}#${day}` });

  async function add(key: string, day: number, amount: number, cap: number): Promise<boolean> {
    if (amount > cap) return false;
    const written = await guard.update(keyOf(key, day), "ADD used :amount SET #ttl = :ttl", {
      condition: "attribute_not_exists(used) OR used <= :room",
      names: { "#ttl": "ttl" },
      values: { ":amount": amount, ":room": cap - amount, ":ttl": ttlOf((day + 2) * DAY_MS) },
    });
    return written.ok;
  }

  return {
    async take(takes, atMs) {
      const day = Math.floor(atMs / DAY_MS);
      for (const [index, { key, amount, cap }] of takes.entries()) {
        if (await add(key, day, amount, cap)) continue;
        // What a crash leaves here counts as spent: less is sent, never more.
        for (const taken of takes.slice(0, index))
          await guard.update(keyOf(taken.key, day), "ADD used :amount", {
            values: { ":amount": -taken.amount },
          });
        return { ok: false, key };
      }
      return { ok: true };
    },
  };
}
