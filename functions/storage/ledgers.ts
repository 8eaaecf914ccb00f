import type { LedgerStore } from "../core/dispatch/dispatch-job.ts";
import type { Job } from "../core/dispatch/job.ts";
import type { Ledger, Note } from "../core/ledger/ledger.ts";
import { packMarks, unpackMarks } from "../core/ledger/mark.ts";
import { bucketPk, ledgerKey } from "./keys.ts";
import { type MayWait, repeated } from "./repeated.ts";
import { alive, getMany, type Item, isFree, type Table, ttlOf, type Written } from "./table.ts";

const KEPT_MS = 30 * 86_400_000;

/**
 * Ledgers: about 350 bytes while all goes well, so that a write costs one unit. Those of a notification that had the id
 * before are over.
 */
export function ledgerStore(
  delivery: Table,
  now: () => number,
): {
  open(place: LedgerPlace, ledger: Ledger): ReturnType<LedgerStore["open"]>;
  replace(place: LedgerPlace, ledger: Ledger, mayWait?: MayWait): ReturnType<LedgerStore["replace"]>;

  get(app: string, id: string, bucket: number, jobId: string): Promise<Ledger | undefined>;
  many(app: string, id: string, bucket: number, jobIds: readonly string[]): Promise<Map<string, Ledger>>;
  ofBucket(notification: { app: string; id: string }, bucket: number): AsyncIterable<Ledger>;
} {
  return {
    async get(app, id, bucket, jobId) {
      const item = alive(await delivery.get(ledgerKey(app, id, bucket, jobId), { consistent: true }), now());
      return item && fromItem(item);
    },

    async many(app, id, bucket, jobIds) {
      const items = await getMany(
        delivery,
        jobIds.map((jobId) => ledgerKey(app, id, bucket, jobId)),
      );
      const ledgers = items.filter((item) => alive(item, now())).map(fromItem);
      return new Map(ledgers.map((ledger) => [ledger.jobId, ledger]));
    },

    async *ofBucket({ app, id }, bucket) {
      for await (const item of delivery.all({
        where: "pk = :pk AND begins_with(sk, :job)",
        values: { ":pk": bucketPk(app, id, bucket), ":job": "job#" },
      }))
        if (alive(item, now())) yield fromItem(item);
    },

    async open(job, ledger) {
      const written = await delivery
        .put(toItem(job, ledger), isFree(now()))
        .catch(unlessItStands(delivery, job, ledger));
      return written.ok || written.existing === undefined ? undefined : fromItem(written.existing);
    },

    async replace(job, ledger, mayWait) {
      const item = toItem(job, ledger);
      const after = { condition: "r = :before", values: { ":before": ledger.revision - 1 } };
      const write = () => delivery.put(item, after);
      const written = await (mayWait
        ? repeated(write, mayWait)
        : write().catch(unlessItStands(delivery, job, ledger)));
      // A write whose answer was lost is repeated: then our own revision stands there already.
      return written.ok || isOf(ledger, written.existing);
    },
  };
}

const isOf = ({ revision, owner }: Ledger, item: Item | undefined): boolean =>
  item?.["r"] === revision && item["o"] === owner;

/**
 * A claim whose answer was lost holds its job all the same, until its lease says that it may have sent what it has not:
 * it goes on where it is found to stand.
 */
const unlessItStands =
  (delivery: Table, { app, notification, bucket, id }: LedgerPlace, ledger: Ledger) =>
  async (error: unknown): Promise<Written> => {
    const key = ledgerKey(app, notification, bucket, id);
    // Where that cannot be read either, what is told is why it could not be written.
    const item = await delivery.get(key, { consistent: true }).catch(() => undefined);
    if (isOf(ledger, item)) return { ok: true };
    throw error;
  };

/** Where a job's ledger lies, and how long it is kept. */
export type LedgerPlace = Pick<Job, "app" | "notification" | "bucket" | "id" | "expiresAtMs">;

function toItem(job: LedgerPlace, ledger: Ledger): Item {
  return {
    ...ledgerKey(job.app, job.notification, job.bucket, job.id),
    v: ledger.version,
    d: ledger.digest,
    n: ledger.count,
    s: ledger.state,
    o: ledger.owner,
    r: ledger.revision,
    l: ledger.leaseUntilMs,
    t: ledger.startedThrough,
    a: ledger.attempt,
    p: ledger.passes,
    c: ledger.crashes,
    w: ledger.notBeforeMs,
    u: ledger.updatedAtMs,
    m: packMarks(ledger.marks),
    ...(Object.keys(ledger.notes).length > 0 && { x: foldNotes(ledger.notes) }),
    ttl: ttlOf(job.expiresAtMs + KEPT_MS),
  };
}

function fromItem(item: Item): Ledger {
  const sk = item["sk"] as string;
  const count = item["n"] as number;
  return {
    version: 1,
    jobId: sk.slice("job#".length),
    digest: item["d"] as string,
    count,
    state: item["s"] as Ledger["state"],
    owner: item["o"] as string,
    revision: item["r"] as number,
    leaseUntilMs: item["l"] as number,
    startedThrough: item["t"] as number,
    attempt: item["a"] as number,
    passes: item["p"] as number,
    crashes: item["c"] as number,
    notBeforeMs: item["w"] as number,
    updatedAtMs: item["u"] as number,
    marks: unpackMarks(item["m"] as Uint8Array, count),
    notes: unfoldNotes((item["x"] as FoldedNote[] | undefined) ?? []),
  };
}

/** [what the notes say, at (ms), positions]: seven hundred failures of one kind are one short row. */
type FoldedNote = [Omit<Note, "atMs">, number, number[]];

function foldNotes(notes: Record<number, Note>): FoldedNote[] {
  const folded = new Map<string, FoldedNote>();
  for (const [position, { atMs, ...said }] of Object.entries(notes)) {
    const key = JSON.stringify(said);
    const row = folded.get(key);
    if (row) row[2].push(Number(position));
    else folded.set(key, [said, atMs, [Number(position)]]);
  }
  return [...folded.values()];
}

function unfoldNotes(rows: FoldedNote[]): Record<number, Note> {
  const notes: Record<number, Note> = {};
  for (const [said, atMs, positions] of rows) {
    for (const position of positions) notes[position] = { ...said, atMs };
  }
  return notes;
}
