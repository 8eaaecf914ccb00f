import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ended, makeApp, notify, person, startWorld, type TestApp, until, type World } from "./harness.ts";

/** A push service that is down has its own subscriptions wait, not those of the others. */
let world: World;
let app: TestApp;
let firefox: string;
before(async () => {
  world = await startWorld();
  app = await makeApp(world, "browsers");
  const subscribe = (by: "firefox" | "safari") =>
    world.fakes.webpush.subscribe({ vapidPublicKey: app.vapidPublicKey, by });
  const [fox, saf] = [subscribe("firefox"), subscribe("safari")];
  firefox = fox.endpoint;
  await person(app, "fox", { web: { platform: "web", tokens: [{ kind: "webpush", ...fox }] } });
  await person(app, "saf", { web: { platform: "web", tokens: [{ kind: "webpush", ...saf }] } });
});
after(() => world.close());

const send = (user: string, title: string) =>
  notify(app, title, { to: { users: [user] }, channels: ["webPush"] });
const logged = (...words: string[]) => world.logs.some((line) => words.every((word) => line.includes(word)));
const received = (endpoint: string) =>
  world.fakes.webpush.received.filter(({ token, status }) => token === endpoint && status === 201);

test("while Mozilla's is down Safari gets its messages, and Firefox its own afterwards, once each", async () => {
  world.fakes.faults.set({ provider: "webpush", token: firefox, status: 503 });
  const waiting = [];
  for (let n = 0; n < 6; n++) waiting.push(await send("fox", `Fox ${n}`));
  await until("the breaker opens", async () => {
    await world.advance(1_000);
    return logged("provider does not answer", "webpush@*.push.services.mozilla.com");
  });
  const asked = () => world.fakes.webpush.received.filter(({ token }) => token === firefox).length;
  const before = asked();
  for (let n = 0; n < 6; n++) {
    const { id } = await send("saf", `Safari ${n}`);
    assert.equal((await ended(app, id)).totals["accepted"], 1, "nothing waits, and no probe is due for it");
  }
  assert.ok(asked() - before <= 6, "Safari's answers do not call Mozilla's well");
  assert.ok(!logged("provider does not answer", "apple.com"));
  world.fakes.faults.clear();
  await world.advance(60_000);
  for (const { id } of waiting) {
    await until("it ends", async () => {
      await world.advance(5_000);
      return (await app.api.ok("GET", `/v1/notifications/${id}`))["state"] === "completed";
    });
    assert.equal((await ended(app, id)).totals["accepted"], 1);
  }
  assert.equal(received(firefox).length, waiting.length);
});
