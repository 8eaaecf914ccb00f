import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { table } from "../../functions/storage/table.ts";
import { apiClient } from "../../local/demo/api-client.ts";
import { configureProviders } from "../../local/demo/seed.ts";
import {
  atApns,
  ended,
  iphone,
  makeApp,
  notify,
  person,
  startWorld,
  type TestApp,
  tableNamed,
  type World,
} from "./harness.ts";

/** What waits for the end of a pause is not lost, and troubles nobody else. */
let world: World;
let paused: TestApp;
let other: TestApp;
before(async () => {
  world = await startWorld();
  paused = await makeApp(world, "paused");
  other = await makeApp(world, "other");
  for (const app of [paused, other]) await person(app, "ann", { phone: iphone(`${app.id}-ann`) });
});
after(() => world.close());

const pause = (what: string, isPaused: boolean) =>
  paused.api.ok("PUT", `/v1/apps/${paused.id}/switches/${what}`, { paused: isPaused });
const inMinutes = (minutes: number) => new Date(world.runtime.clock.now() + minutes * 60_000).toISOString();
const minutes = async (count: number) => {
  for (let minute = 0; minute < count; minute++) await world.advance(60_000);
};
const lines = (...words: string[]) => world.logs.filter((line) => words.every((word) => line.includes(word)));
const inQueues = (pattern: RegExp) =>
  world.runtime.deployment.queues
    .filter(({ name }) => pattern.test(name))
    .map(({ name }) => world.runtime.door.sqs.counts(name))
    .reduce((sum, { visible, inFlight, delayed }) => sum + visible + inFlight + delayed, 0);
const TO_ANN = { to: { users: ["ann"] }, channels: ["mobilePush"] };

test("a scheduled notification of a paused app waits as one message, and no other app is refused for it", async () => {
  await pause("all", true);
  const { id } = await notify(paused, "Patience", { ...TO_ANN, sendAt: inMinutes(5) });
  await minutes(75);
  assert.deepEqual(lines('"reconciled"', "planned again"), []);
  assert.equal(inQueues(/plan/i), 1);
  const load = (await world.admin.ok("GET", "/health", undefined)) as { load: string };
  assert.equal(load.load, "normal");
  await notify(other, "Not refused", { ...TO_ANN, priority: "normal" });
  await notify(other, "Nor this", { ...TO_ANN, priority: "low" });
  await pause("all", false);
  await minutes(1);
  assert.equal((await ended(paused, String(id))).totals["accepted"], 1);
  assert.equal(atApns(world, "Patience").length, 1);
});

test("what is paused beyond its time to live ends then, and not with the pause", async () => {
  await pause("mobilePush", true);
  const short = await notify(paused, "Too late", { ...TO_ANN, ttl: 120 });
  const many = Array.from({ length: 30 }, (_, n) => `reader-${n}`);
  for (const user of many) await person(paused, user, { phone: iphone(`paused-${user}`) });
  const long = await notify(paused, "Too late too", { ...TO_ANN, to: { users: many }, ttl: 120 });
  await minutes(6);
  for (const { id, count } of [
    { id: short["id"], count: 1 },
    { id: long["id"], count: 30 },
  ])
    assert.equal((await ended(paused, String(id))).totals["failed"], count);
  await pause("mobilePush", false);
  await minutes(2);
  assert.equal(inQueues(/mobilepush/i), 0);
  assert.deepEqual(lines("message refused"), []);
  assert.deepEqual([...atApns(world, "Too late")], []);
});

test("an app that is made again under the id of one that was removed sends nothing of the old one's", async () => {
  const gone = await makeApp(world, "again");
  await person(gone, "ann", { phone: iphone("again-ann") });
  const { id } = await notify(gone, "Of the old one", { ...TO_ANN, sendAt: inMinutes(20) });
  await world.admin.ok("DELETE", `/v1/apps/${gone.id}`);
  await minutes(5);
  await world.admin.ok("POST", "/v1/apps", { id: gone.id });
  await configureProviders(world, world.admin, gone.id, "s".repeat(48));
  await minutes(20);
  assert.deepEqual([...atApns(world, "Of the old one")], []);
  const { key } = await world.admin.ok("POST", `/v1/apps/${gone.id}/keys`, { name: "new", scopes: ["read"] });
  const reader = apiClient(world.runtime.apiUrl, String(key));
  assert.equal((await reader.ok("GET", `/v1/notifications/${id}`))["state"], "cancelled");
});

test("an app whose row is lost, and not removed, loses nothing: its plans wait for the row", async () => {
  const lost = await makeApp(world, "lost");
  await person(lost, "ann", { phone: iphone("lost-ann") });
  const { id } = await notify(lost, "Found again", { ...TO_ANN, sendAt: inMinutes(5) });
  const { door, deployment } = world.runtime;
  const credentials = door.adminCredentials();
  const client = new DynamoDBClient({ endpoint: door.url, region: deployment.region, credentials });
  const catalog = table(client, tableNamed(world, "Catalog"));
  const key = { pk: "_apps", sk: lost.id };
  const row = await catalog.get(key, { consistent: true });
  await catalog.remove(key);
  world.expectTrouble(/app lost-\d+ does not exist/);
  await minutes(8);
  assert.equal(atApns(world, "Found again").length, 0);
  await catalog.put(row!);
  await minutes(4);
  assert.equal((await ended(lost, String(id))).totals["accepted"], 1);
  assert.equal(atApns(world, "Found again").length, 1);
});

test("what was scheduled for an app that is removed is cancelled at its time, without a dead letter", async () => {
  const gone = await makeApp(world, "gone");
  await person(gone, "ann", { phone: iphone("gone-ann") });
  await notify(gone, "For nobody", { ...TO_ANN, sendAt: inMinutes(5) });
  await world.admin.ok("DELETE", `/v1/apps/${gone.id}`);
  await minutes(75);
  assert.deepEqual(lines('"reconciled"', gone.id, "planned again"), []);
  assert.equal(inQueues(/plan|dead/i), 0);
  assert.deepEqual([...atApns(world, "For nobody")], []);
});
