import { RECEIPT_EVENTS, type ReceiptCounts, type ReceiptEvent } from "../core/receipt/receipt.ts";
import { receiptKey, toldKey } from "./keys.ts";
import { alive, getMany, type Item, type Table, ttlOf, type Written } from "./table.ts";

const KEPT_MS = 30 * 86_400_000;

type Place = { app: string; id: string; bucket: number };

/**
 * What people's devices told of a notification: one item per person, the first time of each event. Those of a
 * notification that had the id before are over.
 */
export function receiptStore(delivery: Table, now: () => number) {
  const before = (written: Written) => (written.ok ? written.item : undefined);
  const isOver = (item: Item | undefined) => item?.["ttl"] !== undefined && alive(item, now()) === undefined;
  const living = (item: Item | undefined) => alive(item, now());
  return {
    /** Whether it is the first time that this event is told of the person. */
    async add(
      place: Place & { user: string; expiresAtMs: number },
      event: ReceiptEvent,
      atMs: number,
    ): Promise<boolean> {
      const { app, id, bucket, user, expiresAtMs } = place;
      const [names, ttl] = [{ "#event": event, "#ttl": "ttl" }, ttlOf(expiresAtMs + KEPT_MS)];
      const key = receiptKey(app, id, bucket, user);
      const written = await delivery.update(key, "SET #event = if_not_exists(#event, :at), #ttl = :ttl", {
        names,
        values: { ":at": atMs, ":ttl": ttl },
        returns: "UPDATED_OLD",
      });
      const old = before(written);
      if (!isOver(old)) return old?.[event] === undefined;
      await delivery.put({ ...key, [event]: atMs, ttl });
      return true;
    },

    /** So many people more whose devices told it. A crash before it leaves the count short, never a person's row. */
    async count(
      { app, id, bucket, part }: Place & { part: number },
      expiresAtMs: number,
      event: ReceiptEvent,
      people: number,
    ): Promise<void> {
      const [key, ttl] = [toldKey(app, id, bucket, part), ttlOf(expiresAtMs + KEPT_MS)];
      const written = await delivery.update(key, "SET #ttl = :ttl ADD #event :people", {
        names: { "#event": event, "#ttl": "ttl" },
        values: { ":people": people, ":ttl": ttl },
        returns: "UPDATED_OLD",
      });
      if (isOver(before(written))) await delivery.put({ ...key, [event]: people, ttl });
    },

    /** Of these people, those whose devices told anything. */
    async among({ app, id, bucket }: Place, users: readonly string[]): Promise<Set<string>> {
      const items = await getMany(
        delivery,
        users.map((user) => receiptKey(app, id, bucket, user)),
      );
      return new Set(items.filter(living).map(({ sk }) => (sk as string).slice("receipt#".length)));
    },

    /** Event -> when it was first told. */
    async of({ app, id, bucket }: Place, user: string): Promise<Partial<Record<ReceiptEvent, number>>> {
      const item = living(await delivery.get(receiptKey(app, id, bucket, user)));
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
      const rows = (await getMany(delivery, keys)).filter(living);
      const sums = RECEIPT_EVENTS.map((event): [ReceiptEvent, number] => [
        event,
        rows.reduce((sum, row) => sum + Number(row[event] ?? 0), 0),
      ]);
      return Object.fromEntries(sums.filter(([, people]) => people > 0));
    },
  };
}
