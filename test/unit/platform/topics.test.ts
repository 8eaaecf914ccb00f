import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, test } from "node:test";
import type { Context } from "aws-lambda";
import { GOOGLE_TOKEN_URI } from "../../../functions/core/credentials/fcm.ts";
import type { TopicMessage } from "../../../functions/core/notification/topic-change.ts";
import { changeTopic } from "../../../functions/platform/topics.ts";
import { ADMIN_KEY, startHttpWorld } from "./http-world.ts";

/** Google is not to be reached: what becomes of a request then. */
let world: Awaited<ReturnType<typeof startHttpWorld>>;
const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

before(async () => {
  world = await startHttpWorld();
  const settings = JSON.parse(process.env["CLARION_SETTINGS"]!) as object;
  process.env["CLARION_SETTINGS"] = JSON.stringify({
    ...settings,
    providerDeadlineMs: 2_000,
    leaseMs: 1_000,
  });
  // Nobody listens there.
  const nowhere = "127.0.0.1:1";
  const hosts = ["iid.googleapis.com", "oauth2.googleapis.com"];
  process.env["CLARION_EGRESS"] = JSON.stringify(Object.fromEntries(hosts.map((host) => [host, nowhere])));
  const ok = async (route: string, body: object, key = ADMIN_KEY) => {
    const answer = await world.call("manage", route, { key, body });
    assert.ok(answer.status < 300, `${route}: ${JSON.stringify(answer.body)}`);
    return answer.body as Record<string, string>;
  };
  await ok("POST /v1/apps", { id: "shop" });
  const { key } = await ok("POST /v1/apps/shop/keys", { name: "k", scopes: ["users"] });
  const token = (user: string) => ({ kind: "fcmToken", token: `${user}-${"t".repeat(40)}` });
  for (const user of ["ann", "ben"]) {
    await ok(`PUT /v1/users/${user}`, {}, key);
    const tokens = [user === "ann" ? token(user) : { kind: "fcmFid", token: "f".repeat(22) }];
    await ok(`PUT /v1/users/${user}/devices/phone`, { platform: "android", tokens }, key);
  }
  const account = {
    project_id: "project-p",
    client_email: "push@p.iam.gserviceaccount.com",
    private_key: privateKey,
    token_uri: GOOGLE_TOKEN_URI,
  };
  world.aws.secrets.set("clarion/mobilePush/shop/fcm", JSON.stringify(account));
});
after(() => world.close());

const ASKED_AT_MS = Date.now();
const message = (over: Partial<TopicMessage> = {}): TopicMessage => ({
  v: 2,
  kind: "topic",
  app: "shop",
  topic: "news",
  action: "subscribe",
  users: ["ann", "ben", "nobody"],
  askedAtMs: ASKED_AT_MS,
  tries: 0,
  ...over,
});
const context = (leftMs = 60_000) => ({ getRemainingTimeInMillis: () => leftMs }) as Context;

const sentAgain = (): TopicMessage[] =>
  world.aws.calls
    .filter(({ action }) => action === "SendMessageBatch")
    .flatMap(({ input }) => input["Entries"] as { MessageBody: string }[])
    .map(({ MessageBody }) => JSON.parse(MessageBody) as TopicMessage);

test("those who had no answer are asked again later, and nobody else", async () => {
  const before = world.aws.calls.length;
  assert.deepEqual(await changeTopic(message(), context()), { kind: "done" });
  const [sent, ...more] = world.aws.calls.slice(before).filter(({ action }) => action === "SendMessageBatch");
  assert.deepEqual(more, []);
  assert.ok(sent);
  const [entry] = sent.input["Entries"] as { MessageBody: string; DelaySeconds: number }[];
  assert.deepEqual(JSON.parse(entry!.MessageBody), message({ users: ["ann"], tries: 1 }));
  assert.ok(entry!.DelaySeconds >= 10, `${entry!.DelaySeconds} s`);
});

test("an hour after it was asked for it is given up, to the dead letters, however often it was tried", async () => {
  const triedAfter = async (minutes: number, tries: number) => {
    const before = sentAgain().length;
    const old = { topic: `after-${minutes}`, askedAtMs: Date.now() - minutes * 60_000, tries };
    const answer = await changeTopic(message(old), context());
    return { answer, sent: sentAgain().slice(before) };
  };
  const { answer, sent } = await triedAfter(61, 3);
  assert.deepEqual(answer, { kind: "refused", why: "Google has not answered for an hour" });
  assert.deepEqual(sent, []);
  const within = await triedAfter(58, 200);
  assert.deepEqual(within.answer, { kind: "done" });
  assert.deepEqual(
    within.sent.map(({ tries }) => tries),
    [201],
  );
});

test("a change that a later one has overtaken is dropped for that person, however late it is repeated", async () => {
  const asked = (askedAtMs: number, over: Partial<TopicMessage> = {}) =>
    message({ topic: "late", users: ["ann"], askedAtMs, ...over });
  const isAsked = async (change: TopicMessage) => {
    const before = sentAgain().length;
    assert.deepEqual(await changeTopic(change, context()), { kind: "done" });
    // Google does not answer: whom it was asked about is asked about again.
    return sentAgain()
      .slice(before)
      .flatMap(({ users }) => users);
  };
  const at = Date.now() - 60_000;
  assert.deepEqual(await isAsked(asked(at)), ["ann"]);
  assert.deepEqual(await isAsked(asked(at + 1_000, { action: "unsubscribe" })), ["ann"]);
  assert.deepEqual(await isAsked(asked(at)), [], "she had left the topic since");
  assert.deepEqual(await isAsked(asked(at + 1_000, { action: "unsubscribe" })), ["ann"], "itself, again");
  assert.deepEqual(await isAsked(asked(at + 1_000)), [], "of the same moment, leaving counts");
  assert.deepEqual(await isAsked(asked(at, { topic: "other" })), ["ann"], "each topic by itself");
  assert.deepEqual(await isAsked(asked(at + 2_000)), ["ann"]);
});

test("each of a thousand people is written down", async () => {
  const users = Array.from({ length: 1_000 }, (_, n) => `u${n}`);
  const change = message({ topic: "many", users: [...users, "ann"] });
  assert.deepEqual(await changeTopic(change, context()), { kind: "done" });
  const older = { askedAtMs: ASKED_AT_MS - 1, topic: "many" };
  const before = sentAgain().length;
  assert.deepEqual(await changeTopic(message({ ...older, users: ["ann"] }), context()), { kind: "done" });
  assert.equal(sentAgain().length, before);
});

test("nobody with a registration token is nothing to do; an app without credentials is a refusal", async () => {
  assert.deepEqual(await changeTopic(message({ users: ["ben", "nobody"] }), context()), { kind: "done" });
  const answer = await changeTopic(message({ app: "other" }), context());
  assert.equal(answer.kind, "refused");
});

test("without time for a request the message is left for another", async () => {
  const answer = await changeTopic(message(), context(1_000));
  assert.deepEqual([answer.kind, "afterMs" in answer && answer.afterMs], ["again", 0]);
});
