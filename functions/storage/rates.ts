import { type Table, ttlOf } from "./table.ts";

/** Blocks of a rate window that environments lease, so that most requests cost no write. */
export function rateStore(guard: Table) {
  return {
    /** Takes `amount` of a window's `limit`: how much is taken by then, or undefined when there is not so much left. */
    async lease(
      name: string,
      windowMs: number,
      amount: number,
      limit: number,
      nowMs: number,
    ): Promise<number | undefined> {
      const window = Math.floor(nowMs / windowMs);
      const written = await guard.update(
        { pk: `rate#${name}#${window}` },
        "ADD used :amount SET #ttl = :ttl",
        {
          condition: "attribute_not_exists(used) OR used <= :room",
          names: { "#ttl": "ttl" },
          values: { ":amount": amount, ":room": limit - amount, ":ttl": ttlOf((window + 2) * windowMs) },
          returns: "ALL_NEW",
        },
      );
      return written.ok ? Number(written.item?.["used"]) : undefined;
    },
  };
}
export type RateStore = ReturnType<typeof rateStore>;
