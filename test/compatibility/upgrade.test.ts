import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { fromAttributes, toAttributes } from "../../functions/storage/table.ts";
import {
  atApns,
  ended,
  fcmToken,
  hexToken,
  makeApp,
  startWorld,
  type TestApp,
  type World,
} from "../e2e/harness.ts";
import { KEPT_TABLES, type KeptMessage, keptState, putRows, queueUrl, type Row } from "./kept-state.ts";

/**
 * Two versions side by side during a deploy: what 0.1.0 had in its tables and queues is taken up by this version,
 * and nothing of it is lost or sent twice.
 */
type Attributes = Parameters<typeof fromAttributes>[0];

const kept = keptState("0.1.0");
let world: World;
let app: TestApp;
let stateFolder: string;

before(async () => {
  stateFolder = mkdtempSync(join(tmpdir(), "clarion-upgrade-"));
  mkdirSync(join(stateFolder, "state"));
  // The service as it was synthesised for the other tests.
  mkdirSync(".clarion/assemblies", { recursive: true });
  symlinkSync(resolve(".clarion/assemblies"), join(stateFolder, "assemblies"));
  // The clock goes on where the old version was stopped: nothing has expired meanwhile.
  writeFileSync(
    join(stateFolder, "state", "clock.json"),
    JSON.stringify({ offsetMs: kept.recordedAtMs - Date.now() }),
  );
  world = await startWorld({ stateFolder, memory: false });
  app = await makeApp(world, "kept");
  assert.equal(app.id, kept.app);
  for (const table of KEPT_TABLES) await putRows(world, table, kept.rows[table]);
  await putRows(world, "Delivery", withLargeBody("large"));
  for (const { queue, body, group } of [...kept.messages, planOf("large")])
    await world.runtime.door.sqs.sendMessage({
      QueueUrl: queueUrl(world, queue),
      MessageBody: body,
      MessageGroupId: group,
    });
});
after(async () => {
  await world.close();
  rmSync(stateFolder, { recursive: true });
});

/** The list that waits for its plan, as 0.1.0 would have stored it with a body too large for a header. */
function withLargeBody(id: string): Row[] {
  const header = kept.rows.Delivery.map((row) => fromAttributes(row as Attributes)).find(
    (item) => item["id"] === "unplanned" && item["sk"] === "header",
  )!;
  const { body, ...rest } = header;
  const pk = String(header["pk"]).replace("unplanned", id);
  const said = { ...(body as { content: object }), content: { title: id } };
  // Bytes travel as base64.
  const bytes = { B: Buffer.from(JSON.stringify(said)).toString("base64") };
  return [
    { ...toAttributes({ pk, sk: "body#000", ttl: header["ttl"] }), bytes },
    toAttributes({ ...rest, pk, id, bodyChunks: 1 }),
  ];
}

function planOf(notification: string): KeptMessage {
  const body = { v: 1, kind: "plan", app: kept.app, notification, revision: 1, bucket: 0 };
  return { queue: "QueuesPlanHigh", body: JSON.stringify(body), group: kept.app };
}

const atFcm = (title: string) =>
  world.fakes.fcm.received.filter((request) => JSON.stringify(request).includes(title));
const totals = async (id: string) => (await ended(app, id)).totals;

test("jobs of a short list and of a broadcast, already decided, are sent once", async () => {
  assert.equal((await totals("decided"))["accepted"], 3);
  assert.equal(atApns(world, '"decided"').length, 1);
  assert.equal(atFcm('"decided"').length, 1);
  assert.equal((await totals("broadcast"))["accepted"], 32);
  const tokens = atApns(world, '"broadcast"').map(({ token }) => token);
  assert.equal(new Set(tokens).size, 31);
  assert.equal(tokens.length, 31);
});

test("a job in the midst of its retries goes on with what is still open", async () => {
  assert.equal((await totals("retrying"))["accepted"], 2);
  assert.equal(atApns(world, '"retrying"').length, 0, "the old version had sent that one");
  assert.deepEqual(
    atFcm('"retrying"').map((request) => JSON.stringify(request).includes(fcmToken("ann"))),
    [true],
  );
});

test("a list that waits for its plan, and one that waits for its time", async () => {
  assert.equal((await totals("unplanned"))["accepted"], 30);
  assert.equal((await totals("large"))["accepted"], 30);
  assert.equal(atApns(world, '"large"').length, 30);
  await world.advance(3_600_000);
  assert.equal((await totals("timed"))["accepted"], 3);
  const [push] = atApns(world, '"timed"');
  assert.equal(push?.token, hexToken("ann"));
});

test("what had ended is shown as it was, and can be explained", async () => {
  assert.equal((await totals("finished"))["accepted"], 3);
  const explained = await app.api.ok("GET", "/v1/notifications/finished/recipients/ann");
  assert.match(JSON.stringify(explained), /accepted/);
  assert.equal(atApns(world, '"finished"').length, 0);
});

test("people of the old version are found, changed and erased", async () => {
  const ann = await app.api.ok("GET", "/v1/users/ann");
  assert.equal((ann["devices"] as unknown[]).length, 2);
  assert.equal((await app.api.call("DELETE", "/v1/users/p0")).status, 204);
  assert.equal((await app.api.call("GET", "/v1/users/p0")).status, 404);
});
