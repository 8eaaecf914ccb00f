import { SHARD_COUNT } from "../../core/hash.ts";
import type { Recipient } from "../../core/recipient/device.ts";
import { sweepDevices } from "../../core/recipient/sweep-devices.ts";
import { now, tableOf } from "../../platform/clients.ts";
import { settings } from "../../platform/env.ts";
import { log } from "../../platform/log.ts";
import { watchingMemory } from "../../platform/memory.ts";
import { catalogStore } from "../../storage/catalog.ts";
import { recipientStore } from "../../storage/recipients.ts";

const PAGE = 500;
const DAY_MS = 86_400_000;

/** Once a day: devices unseen for long become inactive; their next registration brings them back. */
export const handler = watchingMemory(async (): Promise<{ swept: number }> => {
  const before = now() - settings().inactiveAfterDays * DAY_MS;
  let swept = 0;
  for await (const { id } of catalogStore(tableOf("catalog")).apps()) {
    const count = await sweepApp(id, before);
    swept += count;
    log.info("swept", { app: id, devices: count });
  }
  return { swept };
});

async function sweepApp(app: string, before: number): Promise<number> {
  let swept = 0;
  for (let shard = 0; shard < SHARD_COUNT; shard++) {
    for (let after = ""; ; ) {
      const page = await recipientStore(tableOf("directory")).shardPage(app, shard, after, PAGE);
      for (const recipient of page) swept += await sweepRecipient(recipient, before);
      if (page.length < PAGE) break;
      after = page.at(-1)!.user;
    }
  }
  return swept;
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
