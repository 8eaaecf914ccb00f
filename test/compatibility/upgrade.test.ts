import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { scheduleName } from "../../functions/platform/schedules.ts";
import { fromAttributes, toAttributes } from "../../functions/storage/table.ts";
import {
  atApns,
  ended,
  fcmToken,
  hexToken,
  makeApp,
  notify,
  startWorld,
  type TestApp,
  type World,
} from "../e2e/harness.ts";
import { KEPT_TABLES, type KeptMessage, keptState, putRows, queueUrl, type Row } from "./kept-state.ts";

/**
 * Two versions side by side during a deploy: what 0.1.0 had in its tables and queues is taken up by this version,
 * and nothing of it is lost or sent twice.
 */
type Named = { Name: string; GroupName: string };
type Attributes = Parameters<typeof fromAttributes>[0];

const kept = keptState("0.1.0");
const headers = (kept.rows.Delivery as Record<string, { S?: string }>[]).filter(
  ({ sk }) => sk?.S === "header",
);
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
  const { body, ...header } = fromAttributes(headerAs("unplanned", id) as Attributes);
  const { pk, ttl } = header;
  const said = { ...(body as { content: object }), content: { title: id } };
  // Bytes travel as base64.
  const bytes = { B: Buffer.from(JSON.stringify(said)).toString("base64") };
  return [
    { ...toAttributes({ pk, sk: "body#000", ttl }), bytes },
    toAttributes({ ...header, bodyChunks: 1 }),
  ];
}

/** The header of a kept notification under another id. */
function headerAs(of: string, id: string): Row {
  const found = headers.find((row) => row["id"]?.S === of)!;
  return { ...found, pk: { S: String(found["pk"]?.S).replace(of, id) }, id: { S: id } };
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

const schedulerSays = (action: string, input: object) =>
  world.runtime.door.call({ kind: "admin" }, "scheduler", action, input as Record<string, unknown>);

test("a schedule of 0.1.0, under one name for all revisions, goes with its notification", async () => {
  const timed = {
    to: { users: ["ann"] },
    sendAt: new Date(world.runtime.clock.now() + 7_200_000).toISOString(),
  };
  await notify(app, "ours", { id: "ours", ...timed });
  const { Schedules } = (await schedulerSays("ListSchedules", {})) as { Schedules: Named[] };
  const [ours] = Schedules;
  assert.equal(Schedules.length, 1);
  const definition = (await schedulerSays("GetSchedule", { ...ours })) as object;
  const Name = scheduleName({ app: app.id, id: "theirs" });
  await schedulerSays("CreateSchedule", { ...definition, Name });
  await putRows(world, "Delivery", [headerAs("timed", "theirs")]);
  for (const id of ["ours", "theirs"]) await app.api.ok("DELETE", `/v1/notifications/${id}`);
  assert.deepEqual(((await schedulerSays("ListSchedules", {})) as { Schedules: Named[] }).Schedules, []);
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
