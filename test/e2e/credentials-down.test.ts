import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AwsError } from "../../local/door/aws-error.ts";
import {
  ended,
  iphone,
  makeApp,
  notify,
  person,
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
  for (const app of [known, fresh]) await person(app, "ann", { phone: iphone(`ann-${app.id}`) });
  assert.equal((await ended(known, (await push(known, "before"))["id"])).totals["accepted"], 1);
  isDown = true;
  world.expectTrouble(/InternalServiceError|credentials cannot be read now/);
  await world.advance(120_000);
  assert.equal((await ended(known, (await push(known, "during"))["id"])).totals["accepted"], 1);
  const waiting = await push(fresh, "waiting");
  await until("its credentials are asked for", () => asked > 1);
  for (let minute = 0; minute < 12; minute++) await world.advance(60_000);
  const { state, totals } = (await fresh.api.ok("GET", `/v1/notifications/${waiting["id"]}`)) as {
    state: string;
    totals: Record<string, number>;
  };
  assert.deepEqual([state, totals["pending"], arrived("waiting")], ["sending", 1, 0]);
  isDown = false;
  for (let minute = 0; minute < 2; minute++) await world.advance(60_000);
  assert.equal((await ended(fresh, waiting["id"])).totals["accepted"], 1);
  assert.equal(arrived("waiting"), 1);
});
