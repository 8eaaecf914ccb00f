import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TestApp, World } from "./harness.ts";
import { ended, fcmToken, iphone, makeApp, person, pixel, startWorld, until } from "./harness.ts";

/** FCM's topics: who follows is Google's to know; a notification to them is one request. */
let world: World;
let app: TestApp;

before(async () => {
  world = await startWorld();
  app = await makeApp(world, "topics");
  await person(app, "ann", { phone: pixel("ann"), tablet: pixel("ann-tablet"), iphone: iphone("ann") });
  await person(app, "ben", { phone: pixel("ben") });
});
after(() => world.close());

const followers = (topic: string): string[] =>
  [...world.fakes.fcm.topics.subscribers(`project-${app.id}`, topic)].sort();

/** Whether the functions told a change of this topic with all of these facts. */
const logged = (topic: string, ...facts: string[]): boolean =>
  world.logs.some((line) => [`"topic":"${topic}"`, ...facts].every((fact) => line.includes(fact)));

const change = (verb: "subscribe" | "unsubscribe", topic: string, users: string[]) =>
  app.api.ok("POST", `/v1/fcm/topics:${verb}`, { topic, users });

/** What the fake FCM received of one notification. */
async function send(to: object, more: object = {}) {
  const already = world.fakes.fcm.received.length;
  const sent = await app.api.ok("POST", "/v1/notifications", { to, content: { title: "goal" }, ...more });
  const status = await ended(app, sent["id"]);
  return { id: sent["id"], sent, status, received: world.fakes.fcm.received.slice(already) };
}

test("people's tokens follow a topic, its message is one request, and some leave it again", async () => {
  const asked = await change("subscribe", "news", ["ann", "ben", "nobody", "ann"]);
  assert.deepEqual(asked, { topic: "news", users: 3 });
  const all = [fcmToken("ann"), fcmToken("ann-tablet"), fcmToken("ben")].sort();
  await until("they follow", async () => followers("news").length === 3);
  assert.deepEqual(followers("news"), all);
  const { id, sent, status, received } = await send({ fcmTopic: "news" });
  assert.equal(sent["recipients"], 1);
  assert.equal(status.totals["accepted"], 1);
  assert.equal(received.length, 1, "one request, whoever follows");
  const { message } = received[0]!.payload as { message: Record<string, unknown> };
  assert.equal(message["topic"], "news");
  assert.equal(message["token"], undefined);
  assert.deepEqual(received[0]?.reached?.toSorted(), all);
  const told = await app.api.ok("GET", `/v1/notifications/${id}/recipients/ann`);
  assert.match(String(told["sentence"]), /^It is not known whether ann got it: it was handed to FCM once/);
  const { counts, channels } = await app.api.ok("GET", `/v1/notifications/${id}`);
  assert.deepEqual(channels, ["mobilePush"]);
  assert.equal((counts as object[]).length, 1, "nothing went by another channel or provider");

  await change("unsubscribe", "news", ["ann"]);
  await until("she left", async () => followers("news").length === 1);
  await change("subscribe", "sports", ["ann", "ben"]);
  await until("they follow", async () => followers("sports").length === 3);
  const some = await send({ fcmCondition: "'sports' in topics && !('news' in topics)" });
  assert.equal(some.received.length, 1);
  assert.deepEqual(some.received[0]?.reached?.toSorted(), [fcmToken("ann"), fcmToken("ann-tablet")].sort());
});

test("a message at its time, and a cancelled one", async () => {
  const at = new Date(world.runtime.clock.now() + 120_000).toISOString();
  const already = world.fakes.fcm.received.length;
  const request = { to: { fcmTopic: "news" }, content: { title: "later" }, sendAt: at };
  const first = await app.api.ok("POST", "/v1/notifications", { ...request, id: "later" });
  const cancelled = await app.api.ok("POST", "/v1/notifications", request);
  assert.equal((await app.api.call("POST", "/v1/notifications", { ...request, id: "later" })).status, 202);
  await app.api.ok("DELETE", `/v1/notifications/${cancelled["id"]}`);
  await world.advance(125_000);
  assert.equal((await ended(app, first["id"])).totals["accepted"], 1);
  assert.equal(world.fakes.fcm.received.length - already, 1);
});

test("Google's refusals: those alone are asked again who had no answer", async () => {
  world.fakes.faults.set({ provider: "fcm", token: "/topics/busy", status: 503, times: 2 });
  await change("subscribe", "busy", ["ben"]);
  for (let look = 0; look < 8 && followers("busy").length === 0; look++) await world.advance(30_000);
  await until("he follows after all", async () => followers("busy").length === 1);
  world.fakes.faults.clear();
});

test("a subscription that is repeated late does not undo that its person left since", async () => {
  world.fakes.faults.set({ provider: "fcm", token: "/topics/late", status: 503, times: 1 });
  await change("subscribe", "late", ["ann"]);
  await until("Google has not answered", async () => logged("late", '"open":2'));
  await change("unsubscribe", "late", ["ann"]);
  await until("she left", async () => logged("late", '"action":"unsubscribe"', '"accepted":2'));
  for (let look = 0; look < 8 && !logged("late", '"overtaken":1'); look++) await world.advance(30_000);
  await until("the subscription came again", async () => logged("late", '"overtaken":1'));
  assert.deepEqual(followers("late"), []);
  world.fakes.faults.clear();
});

test("a token that Google calls gone is judged as one that a send found, and taken off its device", async () => {
  await person(app, "cay", { phone: pixel("cay") });
  world.fakes.fcm.topics.forget(fcmToken("cay"));
  await change("subscribe", "news", ["cay", "ben"]);
  const line = `"accepted":1,"gone":1`;
  await until("Google has answered", async () => world.logs.some((text) => text.includes(line)));
  await world.advance(11 * 60_000);
  await until("the token is taken off", async () => {
    const { devices } = await app.api.ok("GET", "/v1/users/cay");
    return (devices as { status: string }[])[0]?.status === "unregistered";
  });
  const { devices } = await app.api.ok("GET", "/v1/users/ben");
  assert.equal((devices as { status: string }[])[0]?.status, "active");
});

test("credentials that Google refuses leave the request to the dead letters", async () => {
  world.fakes.faults.set({
    provider: "fcm",
    token: "/topics/shut",
    status: 403,
    reason: "PERMISSION_DENIED",
  });
  await change("subscribe", "shut", ["ben"]);
  const why = "Google refuses the app's credentials: PERMISSION_DENIED";
  await until("it is refused", async () => world.logs.some((text) => text.includes(why)));
  assert.deepEqual(followers("shut"), []);
  world.fakes.faults.clear();
});

test("wrong input is refused by its field", async () => {
  const pointerOf = async (path: string, body: object) => {
    const answer = await app.api.call("POST", path, body);
    assert.equal(answer.status, 400);
    return (answer.body["errors"] as { pointer: string }[])[0]?.pointer;
  };
  const subscribe = (body: object) => pointerOf("/v1/fcm/topics:subscribe", body);
  assert.equal(await subscribe({ topic: "/topics/news", users: ["ann"] }), "/topic");
  assert.equal(await subscribe({ topic: "news", users: [] }), "/users");
  const many = Array.from({ length: 1_001 }, (_, n) => `u${n}`);
  assert.equal(await subscribe({ topic: "news", users: many }), "/users");
  const sending = (body: object) => pointerOf("/v1/notifications", { content: { title: "t" }, ...body });
  assert.equal(await sending({ to: { fcmTopic: "no blanks" } }), "/to/fcmTopic");
  assert.equal(await sending({ to: { fcmCondition: "'a' in topics &" } }), "/to/fcmCondition");
  assert.equal(await sending({ to: { fcmTopic: "news" }, channels: ["email"] }), "/channels");
  await world.admin.ok("POST", "/v1/apps", { id: "bare" });
  const created = await world.admin.ok("POST", "/v1/apps/bare/keys", { name: "k", scopes: ["send"] });
  const response = await fetch(`${world.runtime.apiUrl}/v1/fcm/topics:subscribe`, {
    method: "POST",
    headers: { authorization: `Bearer ${created["key"]}`, "content-type": "application/json" },
    body: JSON.stringify({ topic: "news", users: ["ann"] }),
  });
  assert.equal(response.status, 409);
});
