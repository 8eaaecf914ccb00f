import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AwsError } from "../../local/door/aws-error.ts";
import {
  ended,
  iphone,
  makeApp,
  notify,
  person,
  pixel,
  startWorld,
  type TestApp,
  until,
  type World,
} from "./harness.ts";

/** Secrets Manager does not answer: what is known goes on being used, and what is not known waits. */
let world: World;
let isDown = false;
let asked = 0;

before(async () => {
  world = await startWorld();
  world.runtime.door.watch({
    before({ service, operation }) {
      if (service !== "secretsmanager" || operation !== "GetSecretValue" || !isDown) return undefined;
      asked++;
      throw new AwsError("InternalServiceError", "An error occurred on the server side.", 500);
    },
  });
});
after(() => world.close());

const push = (app: TestApp, title: string) =>
  notify(app, title, { to: { users: ["ann"] }, channels: ["mobilePush"] });
const arrived = (title: string) =>
  world.fakes.apns.received.filter(({ payload }) => JSON.stringify(payload).includes(title)).length;

test("pushes go on with the credentials that were read last, and wait for those that never were", async () => {
  const [known, fresh] = [await makeApp(world, "known"), await makeApp(world, "fresh")];
  for (const app of [known, fresh])
    await person(app, "ann", {
      phone: iphone(`ann-${app.id}`),
      pixel: pixel(`ann-${app.id}`),
    });
  assert.equal((await ended(known, (await push(known, "before"))["id"])).totals["accepted"], 2);
  isDown = true;
  world.expectTrouble(/InternalServiceError|cannot be read now|cannot be had now|waits for what it needs/);
  await world.advance(120_000);
  assert.equal((await ended(known, (await push(known, "during"))["id"])).totals["accepted"], 2);
  const waiting = await push(fresh, "waiting");
  const topic = { topic: "news", users: ["ann"] };
  assert.equal((await fresh.api.call("POST", "/v1/fcm/topics:subscribe", topic)).status, 202);
  const channels = await fresh.api.call("GET", "/v1/apns/channels");
  assert.deepEqual([channels.status, (channels.body as { code?: string }).code], [503, "unavailable"]);
  await until("its credentials are asked for", () => asked > 2);
  for (let minute = 0; minute < 12; minute++) await world.advance(60_000);
  const { state, totals } = (await fresh.api.ok("GET", `/v1/notifications/${waiting["id"]}`)) as {
    state: string;
    totals: Record<string, number>;
  };
  assert.deepEqual([state, totals["pending"], arrived("waiting")], ["sending", 2, 0]);
  isDown = false;
  for (let minute = 0; minute < 2; minute++) await world.advance(60_000);
  assert.equal((await ended(fresh, waiting["id"])).totals["accepted"], 2);
  assert.equal(arrived("waiting"), 1);
  await notify(fresh, "News", { to: { fcmTopic: "news" } });
  await until("the topic reaches her", () =>
    world.fakes.fcm.received.some(({ reached }) => reached?.length === 1),
  );
});
