import type { Recipient } from "./device.ts";

export type SweepPorts = {
  apps(): Promise<string[]>;
  /** Recipients of one shard behind `after`, up to `limit`; fewer = the last ones. */
  page(app: string, shard: number, after: string, limit: number): Promise<Recipient[]>;
  /** How many devices of the recipient changed. */
  sweep(recipient: Recipient): Promise<number>;
  /** Of 0 to 1, as Math.random. */
  random(): number;
  /** Whether there is time for another page. */
  hasTime(): boolean;
  /** An app has been gone through, wholly or as far as time went. */
  swept(app: string, devices: number): void;
};

export type Sweep = { apps: number; of: number; devices: number };

const PAGE = 500;
/** Shards of one app that are read side by side. */
const SHARDS_AT_ONCE = 8;

/**
 * Goes through everybody of all apps while there is time. It begins somewhere else each time, with the apps and with the
 * shards of each: where one day is not enough for all, nobody is always among those who are left.
 */
export async function sweepApps(ports: SweepPorts, shards: number): Promise<Sweep> {
  const apps = await ports.apps();
  const done: Sweep = { apps: 0, of: apps.length, devices: 0 };
  for (const app of from(Math.floor(ports.random() * apps.length), apps)) {
    if (!ports.hasTime()) break;
    const { devices, whole } = await sweepApp(ports, app, shards);
    ports.swept(app, devices);
    done.devices += devices;
    if (whole) done.apps++;
  }
  return done;
}

async function sweepApp(ports: SweepPorts, app: string, shards: number) {
  const all = Array.from({ length: shards }, (_, shard) => shard);
  const order = from(Math.floor(ports.random() * shards), all).values();
  const done = { devices: 0, whole: true };
  const worker = async () => {
    for (const shard of order) done.whole = (await sweepShard(shard)) && done.whole;
  };

  /** False when time was over before its end. */
  async function sweepShard(shard: number): Promise<boolean> {
    for (let after = ""; ; ) {
      if (!ports.hasTime()) return false;
      const page = await ports.page(app, shard, after, PAGE);
      for (const recipient of page) {
        const changed = await ports.sweep(recipient);
        done.devices += changed; // not `+= await`: others add meanwhile
      }
      if (page.length < PAGE) return true;
      after = page.at(-1)!.user;
    }
  }

  await Promise.all(Array.from({ length: SHARDS_AT_ONCE }, worker));
  return done;
}

/** The list turned so that it begins at a place. */
const from = <T>(start: number, list: readonly T[]): T[] => [...list.slice(start), ...list.slice(0, start)];
