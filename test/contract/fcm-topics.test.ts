import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { after, afterEach, before, test } from "node:test";
import { GOOGLE_TOKEN_URI } from "../../functions/core/credentials/fcm.ts";
import { refusesChange } from "../../functions/core/notification/topic-outcomes.ts";
import { type FcmTopics, fcmTopics } from "../../functions/providers/fcm/topics.ts";
import type { Fault } from "../../local/fakes/fakes.ts";
import { soon, startWorld } from "./provider-world.ts";

const PROJECT = "project-topics";
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

let world: Awaited<ReturnType<typeof startWorld>>;
let topics: FcmTopics;
before(async () => {
  world = await startWorld();
  const clientEmail = `push@${PROJECT}.iam.gserviceaccount.com`;
  world.fakes.fcm.trust({ projectId: PROJECT, clientEmail, publicKey });
  const { open, tokens, now } = world;
  const credentials = {
    project_id: PROJECT,
    client_email: clientEmail,
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    token_uri: GOOGLE_TOKEN_URI,
  };
  topics = world.closeLater(fcmTopics({ app: "topics", credentials, open, tokens, now }));
});
after(() => world.close());
afterEach(() => world.fakes.faults.clear());

const newTokens = (count: number) =>
  Array.from({ length: count }, () => `tok:${randomBytes(60).toString("base64url")}`);
const followers = (topic: string) => [...world.fakes.fcm.topics.subscribers(PROJECT, topic)];
const change = (action: "subscribe" | "unsubscribe", topic: string, tokens: string[], ms?: number) =>
  topics.change(action, topic, tokens, soon(ms).deadlineMs);

test("fcm topics: a thousand tokens follow a topic by one request, and leave it by another", async () => {
  const tokens = newTokens(1_000);
  for (let again = 0; again < 2; again++) {
    const outcomes = await change("subscribe", "news", tokens);
    assert.deepEqual([...new Set(outcomes.map(({ kind }) => kind))], ["accepted"]);
    assert.deepEqual(followers("news"), tokens);
  }
  const [first, ...others] = tokens;
  await change("unsubscribe", "news", others);
  assert.deepEqual(followers("news"), [first]);
});

test("fcm topics: a thousand refusals are read to their end", async () => {
  const tokens = newTokens(1_000);
  for (const token of tokens) world.fakes.fcm.topics.forget(token);
  const outcomes = await change("subscribe", "removed", tokens);
  assert.deepEqual([...new Set(outcomes.map(({ reason }) => reason))], ["NOT_FOUND"]);
});

test("fcm topics: each token has its own answer, in its own place", async () => {
  const [good, removed] = newTokens(2) as [string, string];
  world.fakes.fcm.topics.forget(removed);
  const outcomes = await change("subscribe", "own", [removed, good, "short"]);
  assert.ok(!outcomes.some(refusesChange), "one token's answer is not everybody's");
  assert.deepEqual(outcomes, [
    { kind: "gone", tokenSuspect: true, reason: "NOT_FOUND" },
    { kind: "accepted", status: 200 },
    { kind: "gone", tokenSuspect: true, reason: "INVALID_ARGUMENT" },
  ]);
  assert.deepEqual(followers("own"), [good]);
});

test("fcm topics: an answer to the whole request is every token's, and none of them is gone by it", async () => {
  const tokens = newTokens(2);
  const outcomeOf = async (fault: Omit<Fault, "provider">, ms?: number) => {
    world.fakes.faults.set({ provider: "fcm", token: "/topics/fault", ...fault });
    const [first, second] = await change("subscribe", "fault", tokens, ms);
    world.fakes.faults.clear();
    assert.deepEqual(first, second);
    return first;
  };
  assert.deepEqual(await outcomeOf({ status: 429, reason: "QUOTA_EXCEEDED", retryAfterS: 7 }), {
    kind: "throttled",
    status: 429,
    reason: "QUOTA_EXCEEDED",
    retryAfterMs: 7_000,
  });
  assert.equal((await outcomeOf({ status: 503 }))?.kind, "retry");
  const refusals = [{ status: 404 }, { status: 400 }, { status: 403, reason: "PERMISSION_DENIED" }];
  const refused = [];
  for (const fault of refusals) refused.push(await outcomeOf(fault));
  assert.deepEqual(
    refused.map((outcome) => outcome?.kind),
    ["rejected", "rejected", "misconfigured"],
  );
  assert.ok(refused.every((outcome) => outcome && refusesChange(outcome)));
  assert.equal((await outcomeOf({ kind: "drop" }))?.kind, "unknown");
  assert.equal((await outcomeOf({ kind: "silent" }, 300))?.kind, "unknown");
  assert.deepEqual(await outcomeOf({ kind: "garbage" }), { kind: "unknown", reason: "no_outcome" });
  const [nameless] = await change("subscribe", "no blanks", tokens);
  assert.equal(nameless?.kind, "rejected");
  assert.ok(refusesChange(nameless));
});

test("fcm topics: a refused access token is renewed and the request sent again", async () => {
  await change("subscribe", "again", newTokens(1));
  world.move(60_000);
  const before = world.fakes.fcm.tokensIssued();
  world.fakes.faults.set({ provider: "fcm", token: "/topics/again", status: 401, times: 1 });
  assert.equal((await change("subscribe", "again", newTokens(1)))[0]?.kind, "accepted");
  assert.equal(world.fakes.fcm.tokensIssued() - before, 1);
});
