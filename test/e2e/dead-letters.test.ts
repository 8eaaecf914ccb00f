import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  atApns,
  ended,
  iphone,
  makeApp,
  notify,
  person,
  startWorld,
  statementWith,
  type TestApp,
  type World,
} from "./harness.ts";

/** Messages that were given up: looked at, and sent back once the cause is mended. */
let world: World;
let app: TestApp;
before(async () => {
  world = await startWorld();
  app = await makeApp(world, "back");
  await person(app, "ann", { phone: iphone("ann") });
});
after(() => world.close());

type Letters = { letters: Record<string, unknown>[] };
const letters = async (consumer: string) =>
  ((await world.admin.ok("GET", `/v1/dead-letters/${consumer}`)) as Letters).letters;
const deadOf = async (consumer: string) =>
  ((await world.admin.ok("GET", "/v1/queues"))["dead"] as Record<string, number>)[consumer];

/**
 * Every receive fails and comes back within a minute; the hundredth is the last.
 * @returns how many: a job that no worker could claim was planned again, and its second message may be dead as well
 */
async function untilDead(consumer: string): Promise<number> {
  for (let minute = 0; minute < 120; minute++) {
    const dead = (await deadOf(consumer)) ?? 0;
    if (dead > 0) return dead;
    await world.advance(60_000);
  }
  throw new Error(`nothing dead at ${consumer}`);
}

test("a job that failed a hundred times is looked at and redriven, and its phone gets it once", async (t) => {
  world.expectTrouble(/DispatchMobilePush.*(denied|not authorized)|AccessDenied/);
  const right = statementWith(world, "DispatchMobilePush", "dynamodb:BatchGetItem");
  const putBack = world.runtime.door.dropStatement(right.id);
  const sent = await notify(app, "given up", { to: { users: ["ann"] }, channels: ["mobilePush"] });
  const dead = await untilDead("mobilePush");
  const [letter] = await letters("mobilePush");
  assert.equal(letter?.["kind"], "job");
  assert.equal(letter["notification"], sent["id"]);
  assert.equal(letter["app"], app.id);
  assert.equal(letter["targets"], 1);
  assert.ok(String(letter["from"]).startsWith("dispatch-mobilePush-"));
  assert.equal(atApns(world, "given up").length, 0);
  putBack();
  const polls: unknown[] = [];
  const unwatch = world.runtime.door.watch({
    after: ({ operation, principal, input }) => {
      if (operation === "ReceiveMessage" && principal.includes("Manage"))
        polls.push(input["WaitTimeSeconds"]);
    },
  });
  t.after(unwatch);
  assert.deepEqual(await world.admin.ok("POST", "/v1/dead-letters/mobilePush/redrive", {}), {
    redriven: dead,
    deleted: 0,
    kept: 0,
  });
  assert.deepEqual(new Set(polls), new Set([1]), "a short poll may not find the few that there are");
  assert.equal((await ended(app, sent["id"])).totals["accepted"], 1);
  assert.equal(atApns(world, "given up").length, 1);
  assert.equal(await deadOf("mobilePush"), 0);
});

test("what no function can read stays until it is deleted", async () => {
  const { sqs } = world.runtime.door;
  const dead = world.runtime.deployment.queues.find(({ logicalId }) => logicalId.includes("PlanDead"))!;
  await sqs.sendMessage({ QueueUrl: sqs.queueUrl(dead.name), MessageBody: "{not json" });
  const [letter] = await letters("plan");
  assert.deepEqual([letter?.["kind"], letter?.["stuck"]], ["unreadable", "unreadable"]);
  const redriven = (body: object) => world.admin.ok("POST", "/v1/dead-letters/plan/redrive", body);
  assert.deepEqual(await redriven({}), { redriven: 0, deleted: 0, kept: 1 });
  assert.equal((await letters("plan")).length, 1, "it is in sight again at once");
  assert.deepEqual(await redriven({ stuck: "delete" }), { redriven: 0, deleted: 1, kept: 0 });
  assert.equal((await letters("plan")).length, 0);
});

test("dead letters belong to the deployment: only the admin key opens them", async () => {
  for (const [method, path] of [
    ["GET", "/v1/dead-letters/plan"],
    ["POST", "/v1/dead-letters/plan/redrive"],
  ] as const) {
    const { status, body } = await app.api.call(method, path, method === "POST" ? {} : undefined);
    assert.deepEqual([status, body["code"]], [403, "forbidden"]);
  }
  const { status, body } = await world.admin.call("GET", "/v1/dead-letters/nobody");
  assert.equal(status, 404);
  assert.match(String(body["detail"]), /ingest, plan, mobilePush, webPush, inApp/);
  const tooMany = await world.admin.call("POST", "/v1/dead-letters/plan/redrive", { max: 1_001 });
  assert.equal(tooMany.status, 400);
});
