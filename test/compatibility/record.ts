import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import {
  ended,
  iphone,
  makeApp,
  notify,
  person,
  pixel,
  startWorld,
  until,
  type World,
} from "../e2e/harness.ts";
import { fileOf, type KeptMessage, type KeptState, queueUrl, rowsOf } from "./kept-state.ts";

/**
 * node test/compatibility/record.ts 0.1.0: writes down what this version has in its tables and queues, with
 * notifications at every stage. Made once per released version; later versions must go on from there.
 */
const version = process.argv[2];
assert.match(version ?? "", /^\d+\.\d+\.\d+$/, "name the version that is released");

const world = await startWorld();
world.expectTrouble(/./);
const app = await makeApp(world, "kept");

await person(app, "ann", { phone: iphone("ann"), pixel: pixel("ann") });
for (let n = 0; n < 30; n++) await person(app, `p${n}`, { phone: iphone(`p${n}`) });

const send = (id: string, request: object) => notify(app, id, { id, ...request });
await send("finished", { to: { users: ["ann"] } });
await ended(app, "finished");

// In the midst of its retries: a ledger that waits, and its message.
world.fakes.faults.set({ provider: "fcm", kind: "status", status: 503 });
await send("retrying", { to: { users: ["ann"] }, channels: ["mobilePush"], ttl: 86_400 });
await until("one of two is sent", async () => {
  const status = await app.api.ok("GET", "/v1/notifications/retrying");
  return (status["totals"] as Record<string, number>)["accepted"] === 1;
});

await pause("mobilePush");
world.fakes.faults.clear();
await send("decided", { to: { users: ["ann"] }, ttl: 86_400 });
await send("broadcast", { to: { everyone: true }, channels: ["mobilePush"], ttl: 86_400 });
await until("the broadcast is planned", async () => {
  const status = await app.api.ok("GET", "/v1/notifications/broadcast");
  return (status["totals"] as Record<string, number>)["pending"] === 32;
});
await pause("all");
await send("unplanned", {
  to: { users: Array.from({ length: 30 }, (_, n) => `p${n}`) },
  channels: ["mobilePush"],
  ttl: 86_400,
});
const sendAt = new Date(world.runtime.clock.now() + 3_600_000).toISOString();
await send("timed", { to: { users: ["ann"] }, sendAt, ttl: 86_400 });

const state: KeptState = {
  version: version!,
  recordedAtMs: world.runtime.clock.now(),
  app: app.id,
  rows: {
    Directory: await rowsOf(world, "Directory"),
    Delivery: await rowsOf(world, "Delivery"),
    Inbox: await rowsOf(world, "Inbox"),
  },
  messages: [...(await messagesOf(world)), firing(app.id, "timed")],
};
writeFileSync(fileOf(version!), `${JSON.stringify(state, null, 1)}\n`);
console.log(`${fileOf(version!)}: ${state.messages.length} messages`);
await world.close();
process.exit(0);

/** What is paused waits in its queue. */
async function pause(what: string): Promise<void> {
  await app.api.ok("PUT", `/v1/apps/${app.id}/switches/${what}`, { paused: true });
  // Environments look at the switches again after a while.
  await world.advance(60_000);
}

/** What the schedule will put into `ingest` when its time has come. */
function firing(of: string, notification: string): KeptMessage {
  const body = { v: 1, kind: "fired", app: of, notification, revision: 1 };
  return { queue: "QueuesIngest", body: JSON.stringify(body), group: of };
}

async function messagesOf(from: World): Promise<KeptMessage[]> {
  const kept: KeptMessage[] = [];
  // Paused messages are hidden from us as well, and come back every five seconds.
  void from.runtime.clock.jump(6_000);
  for (const { logicalId } of from.runtime.deployment.queues) {
    const queue = logicalId.slice(0, -8);
    if (queue.endsWith("Dead")) continue;
    for (;;) {
      const { Messages = [] } = await from.runtime.door.sqs.receiveMessage({
        QueueUrl: queueUrl(from, queue),
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 3_600,
        AttributeNames: ["All"],
      });
      if (Messages.length === 0) break;
      for (const { Body, Attributes } of Messages)
        kept.push({ queue, body: Body, group: Attributes?.["MessageGroupId"] ?? "none" });
    }
  }
  return kept;
}
