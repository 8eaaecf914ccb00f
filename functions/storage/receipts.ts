import type { ReceiptEvent } from "../core/receipt/receipt.ts";
import { receiptKey } from "./keys.ts";
import { getMany, type Table, ttlOf } from "./table.ts";

const KEPT_MS = 30 * 86_400_000;

/** What people's devices told of a notification: one item per person, the first time of each event. */
export function receiptStore(delivery: Table) {
  return {
    async add(
      place: { app: string; id: string; bucket: number; user: string; expiresAtMs: number },
      event: ReceiptEvent,
      atMs: number,
    ): Promise<void> {
      const { app, id, bucket, user, expiresAtMs } = place;
      await delivery.update(
        receiptKey(app, id, bucket, user),
        "SET #event = if_not_exists(#event, :at), #ttl = :ttl",
        {
          names: { "#event": event, "#ttl": "ttl" },
          values: { ":at": atMs, ":ttl": ttlOf(expiresAtMs + KEPT_MS) },
        },
      );
    },

    /** Of these people, those whose devices told anything. */
    async among(
      { app, id, bucket }: { app: string; id: string; bucket: number },
      users: readonly string[],
    ): Promise<Set<string>> {
      const items = await getMany(
        delivery,
        users.map((user) => receiptKey(app, id, bucket, user)),
      );
      return new Set(items.map(({ sk }) => (sk as string).slice("receipt#".length)));
    },

    /** Event -> when it was first told. */
    async of(
      { app, id, bucket }: { app: string; id: string; bucket: number },
      user: string,
    ): Promise<Partial<Record<ReceiptEvent, number>>> {
      const item = await delivery.get(receiptKey(app, id, bucket, user));
      const { pk: _pk, sk: _sk, ttl: _ttl, ...events } = item ?? {};
      return events as Partial<Record<ReceiptEvent, number>>;
    },
  };
}
