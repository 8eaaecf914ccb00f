import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { Table } from "../template/model.ts";
import type { EngineClient } from "./engine-client.ts";

type Item = Record<string, unknown>;
type Page = { Items: Item[]; LastEvaluatedKey?: Item };

async function expiredPage(
  engine: EngineClient,
  table: Table,
  nowS: number,
  from: Item | undefined,
): Promise<Page> {
  const names = Object.fromEntries(table.keys.map((key, index) => [`#k${index}`, key.name]));
  const output = await engine.call("Scan", {
    TableName: table.name,
    FilterExpression: "#ttl <= :now",
    ProjectionExpression: Object.keys(names).join(", "),
    ExpressionAttributeNames: { ...names, "#ttl": table.ttlAttribute },
    ExpressionAttributeValues: { ":now": { N: String(nowS) } },
    ...(from && { ExclusiveStartKey: from }),
  });
  return output as Page;
}

async function deleteExpired(engine: EngineClient, table: Table, key: Item, nowS: number): Promise<void> {
  try {
    await engine.call("DeleteItem", {
      TableName: table.name,
      Key: key,
      ConditionExpression: "#ttl <= :now",
      ExpressionAttributeNames: { "#ttl": table.ttlAttribute },
      ExpressionAttributeValues: { ":now": { N: String(nowS) } },
    });
  } catch (error) {
    // Somebody gave the item a longer life since the scan: it stays.
    if ((error as { code?: string }).code !== "ConditionalCheckFailedException") throw error;
  }
}

/** Where the next sweep of a table goes on, by table name. */
type Cursors = Map<string, Item>;

async function sweepTable(
  engine: EngineClient,
  table: Table,
  nowMs: number,
  cursors: Cursors,
  pages: number,
) {
  const nowS = Math.floor(nowMs / 1000);
  let deleted = 0;
  for (let page = 0; page < pages; page += 1) {
    const { Items, LastEvaluatedKey } = await expiredPage(engine, table, nowS, cursors.get(table.name));
    for (const key of Items) await deleteExpired(engine, table, key, nowS);
    deleted += Items.length;
    if (!LastEvaluatedKey) {
      cursors.delete(table.name);
      break;
    }
    cursors.set(table.name, LastEvaluatedKey);
  }
  return deleted;
}

/** Deletes what has expired at `nowMs`; returns how many items. Goes on at `cursors`, over at most `pages` a table. */
export async function sweepTtl(
  engine: EngineClient,
  tables: readonly Table[],
  nowMs: number,
  { cursors = new Map(), pages = Number.POSITIVE_INFINITY }: { cursors?: Cursors; pages?: number } = {},
): Promise<number> {
  let deleted = 0;
  for (const table of tables.filter((candidate) => candidate.ttlAttribute)) {
    deleted += await sweepTable(engine, table, nowMs, cursors, pages);
  }
  return deleted;
}

/** A page is up to 1 MB: a big table is gone through over several sweeps, so that one never stops the machine. */
const PAGES_PER_SWEEP = 4;

/** Sweeps every `everyMs` of virtual time; AWS may be days late, so nothing may depend on it. */
export function startTtlSweep(options: {
  engine: EngineClient;
  tables: readonly Table[];
  clock: VirtualClock;
  everyMs: number;
}): () => void {
  const { engine, tables, clock, everyMs } = options;
  const cursors: Cursors = new Map();
  let cancel: (() => void) | undefined;
  let stopped = false;
  const arm = () => {
    if (!stopped) cancel = clock.setTimer(clock.now() + everyMs, run, { lazy: true });
  };
  const run = async () => {
    try {
      await sweepTtl(engine, tables, clock.now(), { cursors, pages: PAGES_PER_SWEEP });
    } catch (error) {
      if (!stopped) throw error;
    } finally {
      arm();
    }
  };
  arm();
  return () => {
    stopped = true;
    cancel?.();
  };
}
