import { RECEIPT_EVENTS, type ReceiptCounts, type ReceiptEvent } from "../core/receipt/receipt.ts";
import { receiptKey, toldKey } from "./keys.ts";
import { getMany, type Table, ttlOf } from "./table.ts";

const KEPT_MS = 30 * 86_400_000;

type Place = { app: string; id: string; bucket: number };

/** What people's devices told of a notification: one item per person, the first time of each event. */
export function receiptStore(delivery: Table) {
  return {
    /** Whether it is the first time that this event is told of the person. */
    async add(
      place: Place & { user: string; expiresAtMs: number },
      event: ReceiptEvent,
      atMs: number,
    ): Promise<boolean> {
      const { app, id, bucket, user, expiresAtMs } = place;
      const [names, ttl] = [{ "#event": event, "#ttl": "ttl" }, ttlOf(expiresAtMs + KEPT_MS)];
      const written = await delivery.update(
        receiptKey(app, id, bucket, user),
        "SET #event = if_not_exists(#event, :at), #ttl = :ttl",
        { names, values: { ":at": atMs, ":ttl": ttl }, returns: "UPDATED_OLD" },
      );
      return !(written.ok && written.item?.[event] !== undefined);
    },

    /** So many people more whose devices told it. A crash before it leaves the count short, never a person's row. */
    async count(
      { app, id, bucket, part }: Place & { part: number },
      expiresAtMs: number,
      event: ReceiptEvent,
      people: number,
    ): Promise<void> {
      await delivery.update(toldKey(app, id, bucket, part), "SET #ttl = :ttl ADD #event :people", {
        names: { "#event": event, "#ttl": "ttl" },
        values: { ":people": people, ":ttl": ttlOf(expiresAtMs + KEPT_MS) },
      });
    },

    /** Of these people, those whose devices told anything. */
    async among({ app, id, bucket }: Place, users: readonly string[]): Promise<Set<string>> {
      const items = await getMany(
        delivery,
        users.map((user) => receiptKey(app, id, bucket, user)),
      );
      return new Set(items.map(({ sk }) => (sk as string).slice("receipt#".length)));
    },

    /** Event -> when it was first told. */
    async of({ app, id, bucket }: Place, user: string): Promise<Partial<Record<ReceiptEvent, number>>> {
      const item = await delivery.get(receiptKey(app, id, bucket, user));
      const { pk: _pk, sk: _sk, ttl: _ttl, ...events } = item ?? {};
      return events as Partial<Record<ReceiptEvent, number>>;
    },

    /** Event -> people whose devices told it, over all buckets and their parts. */
    async counts(
      app: string,
      id: string,
      { buckets, parts }: { buckets: number; parts: number },
    ): Promise<ReceiptCounts> {
      const keys = Array.from({ length: buckets * parts }, (_, n) =>
        toldKey(app, id, Math.floor(n / parts), n % parts),
      );
      const rows = await getMany(delivery, keys);
      const sums = RECEIPT_EVENTS.map((event): [ReceiptEvent, number] => [
        event,
        rows.reduce((sum, row) => sum + Number(row[event] ?? 0), 0),
      ]);
      return Object.fromEntries(sums.filter(([, people]) => people > 0));
    },
  };
}
