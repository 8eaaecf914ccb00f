import { RECEIPT_EVENTS, type ReceiptCounts, type ReceiptEvent } from "../core/receipt/receipt.ts";
import { receiptKey, toldKey } from "./keys.ts";
import { alive, getMany, type Item, type Key, type Table, ttlOf } from "./table.ts";

const KEPT_MS = 30 * 86_400_000;

type Place = { app: string; id: string; bucket: number };

/**
 * What people's devices told of a notification: one item per person, the first time of each event. Those of a
 * notification that had the id before are over.
 */
export function receiptStore(delivery: Table, now: () => number) {
  const living = (item: Item | undefined) => alive(item, now());
  const write = writerOf(delivery, now);
  return {
    /** Whether it is the first time that this event is told of the person. */
    async add(
      place: Place & { user: string; expiresAtMs: number },
      event: ReceiptEvent,
      atMs: number,
    ): Promise<boolean> {
      const { app, id, bucket, user, expiresAtMs } = place;
      const key = receiptKey(app, id, bucket, user);
      const set = "SET #event = if_not_exists(#event, :told), #ttl = :ttl";
      const old = await write(key, set, { event, told: atMs, expiresAtMs });
      return old?.[event] === undefined;
    },

    /** So many people more whose devices told it. A crash before it leaves the count short, never a person's row. */
    async count(
      { app, id, bucket, part }: Place & { part: number },
      expiresAtMs: number,
      event: ReceiptEvent,
      people: number,
    ): Promise<void> {
      const key = toldKey(app, id, bucket, part);
      await write(key, "SET #ttl = :ttl ADD #event :told", { event, told: people, expiresAtMs });
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

type Telling = { event: ReceiptEvent; told: number; expiresAtMs: number };

/**
 * Writes what is told of an event, and where the row is that of a notification before, in its place: one write while all
 * goes well.
 * @returns what the row said of the event before
 */
const writerOf =
  (delivery: Table, now: () => number) =>
  async (key: Key, set: string, { event, told, expiresAtMs }: Telling): Promise<Item | undefined> => {
    const names = { "#event": event, "#ttl": "ttl" };
    const values = { ":told": told, ":ttl": ttlOf(expiresAtMs + KEPT_MS), ":now": ttlOf(now()) };
    const others = RECEIPT_EVENTS.filter((one) => one !== event);
    const anew = `SET #event = :told, #ttl = :ttl REMOVE ${others.map((_, n) => `#o${n}`).join(", ")}`;
    const allNames = { ...names, ...Object.fromEntries(others.map((one, n) => [`#o${n}`, one])) };
    for (let look = 0; look < 2; look++) {
      const condition = "attribute_not_exists(#ttl) OR #ttl >= :now";
      const written = await delivery.update(key, set, { names, values, condition, returns: "UPDATED_OLD" });
      if (written.ok) return written.item;
      if ((await delivery.update(key, anew, { names: allNames, values, condition: "#ttl < :now" })).ok)
        return undefined;
    }
    throw new Error("a row of receipts was over, and then was not");
  };
