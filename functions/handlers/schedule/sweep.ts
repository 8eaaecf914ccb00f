import { SHARD_COUNT } from "../../core/hash.ts";
import type { Recipient } from "../../core/recipient/device.ts";
import { type Sweep, sweepApps } from "../../core/recipient/sweep-apps.ts";
import { sweepDevices } from "../../core/recipient/sweep-devices.ts";
import { now, tableOf } from "../../platform/clients.ts";
import { settings } from "../../platform/env.ts";
import { log } from "../../platform/log.ts";
import { watchingMemory } from "../../platform/memory.ts";
import { catalogStore } from "../../storage/catalog.ts";
import { recipientStore } from "../../storage/recipients.ts";

const DAY_MS = 86_400_000;
/** Time that a page of people who all change may take. */
const PAGE_MS = 30_000;

/** Once a day: devices unseen for long become inactive; their next registration brings them back. */
export const handler = watchingMemory(async (_event: unknown, context): Promise<Sweep> => {
  const before = now() - settings().inactiveAfterDays * DAY_MS;
  const { shardPage } = recipientStore(tableOf("directory"));
  const done = await sweepApps(
    {
      apps: appIds,
      page: shardPage,
      sweep: (recipient) => sweepRecipient(recipient, before),
      random: Math.random,
      hasTime: () => context.getRemainingTimeInMillis() > PAGE_MS,
      swept: (app, devices) => log.info("swept", { app, devices }),
    },
    SHARD_COUNT,
  );
  // The others have their turn on one of the next days.
  if (done.apps < done.of) log.warn("not all apps could be swept in time", done);
  return done;
});

async function appIds(): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of catalogStore(tableOf("catalog")).apps()) ids.push(id);
  return ids;
}

async function sweepRecipient({ app, user, devices }: Recipient, before: number): Promise<number> {
  if (sweepDevices(devices, before, now()).swept === 0) return 0;
  const store = recipientStore(tableOf("directory"));
  const stored = await store.get(app, user);
  if (stored === undefined) return 0;
  const { devices: kept, swept } = sweepDevices(stored.recipient.devices, before, now());
  // Somebody who changes the recipient at this moment has just been seen.
  return (await store.save({ ...stored.recipient, devices: kept }, stored.revision)) ? swept : 0;
}
