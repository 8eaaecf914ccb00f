import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { Table } from "../template/model.ts";
import { createEngineClient } from "./engine-client.ts";
import { startEngineProcess } from "./engine-process.ts";
import { ensureTables } from "./tables.ts";
import { startTtlSweep, sweepTtl } from "./ttl-sweep.ts";

const SWEEP_EVERY_MS = 60_000;

export type DynamodbOptions = {
  tables: readonly Table[];
  clock: VirtualClock;
  /** Absent: in memory. */
  stateFolder?: string;
  sweepEveryMs?: number;
  /** The engine ended by itself; the reason is a sentence to show. */
  onExit?: (reason: string) => void;
};

export type Dynamodb = {
  url: string;
  /** Deletes what has expired now; returns how many items. */
  sweep(): Promise<number>;
  close(): Promise<void>;
};

function dbPath(stateFolder: string | undefined): { dbPath?: string } {
  if (stateFolder === undefined) return {};
  mkdirSync(stateFolder, { recursive: true });
  return { dbPath: join(stateFolder, "tables.sqlite") };
}

/** The engine's own process, or the one that CLARION_DYNAMODB_ENDPOINT names. */
async function findOrStart(options: DynamodbOptions): Promise<{ url: string; close(): Promise<void> }> {
  const endpoint = process.env["CLARION_DYNAMODB_ENDPOINT"];
  if (endpoint) return { url: endpoint, close: async () => undefined };
  return startEngineProcess({
    ...dbPath(options.stateFolder),
    ...(options.onExit && { onExit: options.onExit }),
  });
}

export async function startDynamodb(options: DynamodbOptions): Promise<Dynamodb> {
  const { tables, clock, sweepEveryMs = SWEEP_EVERY_MS } = options;
  const process = await findOrStart(options);
  const engine = createEngineClient(process.url);
  await ensureTables(engine, tables).catch(async (error) => {
    engine.close();
    await process.close();
    throw error;
  });
  const stopSweep = startTtlSweep({ engine, tables, clock, everyMs: sweepEveryMs });
  return {
    url: process.url,
    sweep: () => sweepTtl(engine, tables, clock.now()),
    async close() {
      stopSweep();
      engine.close();
      await process.close();
    },
  };
}
