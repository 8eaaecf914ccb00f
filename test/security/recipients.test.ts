import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { dynamodbClient } from "../../functions/platform/clients.ts";
import { fromAttributes, type Item } from "../../functions/storage/table.ts";
import { type Answer, startHttpWorld } from "../unit/platform/http-world.ts";
import { type HttpApp, type HttpWorld, makeHttpApp } from "./http-app.ts";

/** One recipient too many, by every road that takes a list: refused by name and limit, and nothing is begun. */
let world: HttpWorld;
let app: HttpApp;
before(async () => {
  world = await startHttpWorld();
  app = await makeHttpApp(world, "crowd");
});
after(() => world.close());

const names = (count: number) => Array.from({ length: count }, (_, n) => n.toString(36));
const users = (count: number) => ({ users: names(count) });
const request = (to: object) => ({ to, content: { title: "t" } });
const post = (path: string, body: unknown) => world.call("send", `POST ${path}`, { key: app.key, body });

/** All rows but those that count requests, and all that was sent to queues. */
async function standing(): Promise<unknown> {
  const rows: Item[] = [];
  for (const TableName of Object.keys(world.tables)) {
    const { Items = [] } = await dynamodbClient().send(new ScanCommand({ TableName }));
    rows.push(...Items.map(fromAttributes));
  }
  const sent = world.aws.calls.filter(({ action }) => action.startsWith("SendMessage"));
  const place = ({ pk, sk }: Item) => `${pk} ${sk}`;
  const kept = rows.filter((row) => !place(row).startsWith("rate#"));
  return [kept.sort((a, b) => (place(a) < place(b) ? -1 : 1)), sent.length];
}

const faultsOf = ({ body }: Answer) =>
  (body as { errors?: { pointer: string; detail: string }[] }).errors ?? [];

/** Devices of one person in turn: longer names would meet the limit on the body first. */
const devices = (count: number) => ({
  devices: Array.from({ length: count }, () => ({ user: "u", device: "d" })),
});
const NOTIFICATIONS = "/v1/notifications";
const BATCH = "/v1/notifications:batch";
const batch = (count: number) => ({ notifications: Array.from({ length: count }, () => request(users(1))) });

const TOO_MANY: [what: string, path: string, body: object, pointer: string, limit: number][] = [
  ["people", NOTIFICATIONS, request(users(10_001)), "/to/users", 10_000],
  ["devices", NOTIFICATIONS, request(devices(10_001)), "/to/devices", 10_000],
  ["notifications in a batch", BATCH, batch(501), "/notifications", 500],
];

for (const [what, path, body, pointer, limit] of TOO_MANY) {
  test(`one too many: ${what}`, async () => {
    const before = await standing();
    const answer = await post(path, body);
    assert.equal(answer.status, 400);
    const [fault, ...others] = faultsOf(answer);
    assert.equal(fault?.pointer, pointer);
    assert.match(String(fault?.detail), new RegExp(`\\b${limit}\\b`), "the limit is named");
    assert.deepEqual(others, []);
    assert.deepEqual(await standing(), before, "nothing of it is kept or sent on");
  });
}

test("one too many inside a batch costs its neighbours nothing", async () => {
  const body = { notifications: [request(users(1)), request(users(10_001)), request(users(2))] };
  const answer = await post(BATCH, body);
  const { results } = answer.body as unknown as { results: { status: number }[] };
  assert.deepEqual(
    results.map(({ status }) => status),
    [202, 400, 202],
  );
});

test("just as many as are allowed are taken, and counted", async () => {
  for (const to of [users(10_000), devices(10_000)]) {
    const before = await standing();
    const answer = await post(NOTIFICATIONS, request(to));
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    assert.notDeepEqual(await standing(), before);
  }
  const { status, body } = await post(NOTIFICATIONS, request(users(10_000)));
  assert.deepEqual([status, (body as { recipients?: number }).recipients], [202, 10_000]);
});
