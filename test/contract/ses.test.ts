import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import { SESClient, type SESClientConfig } from "@aws-sdk/client-ses";
import type { SesCredentials } from "../../functions/core/credentials/ses.ts";
import type { Outcome } from "../../functions/core/dispatch/outcome.ts";
import type { Message } from "../../functions/core/dispatch/provider.ts";
import { sendQuota } from "../../functions/providers/ses/quota.ts";
import { type SesOptions, sesProvider } from "../../functions/providers/ses/ses.ts";
import type { Fault } from "../../local/fakes/faults.ts";
import type { Received } from "../../local/fakes/received.ts";
import { deployment } from "../unit/local/door/deployment.ts";
import { openDoor, sdkOptions } from "../unit/local/door/fixture.ts";
import { contractSuite } from "./contract-suite.ts";
import { message, soon } from "./provider-world.ts";
import { CREDENTIALS, newTarget, sender, subject } from "./ses-subject.ts";

contractSuite(subject);

type Over = {
  credentials?: SesCredentials;
  client?: Partial<SESClientConfig>;
  unsubscribeUrl?: SesOptions["unsubscribeUrl"];
};

/** The real SDK client, the real front door and a socket between them. */
async function world(t: TestContext, over: Over = {}) {
  const { door } = await openDoor(t, deployment({ roles: [sender] }));
  const client = new SESClient({ ...sdkOptions(door, door.credentialsFor(sender.arn)), ...over.client });
  const provider = sesProvider({
    credentials: over.credentials ?? CREDENTIALS,
    client,
    quota: sendQuota(client, Date.now),
    open: () => {
      throw new Error("nothing is fetched here");
    },
    unsubscribeUrl: over.unsubscribeUrl ?? (() => undefined),
    now: Date.now,
  });
  t.after(() => {
    provider.close();
    client.destroy();
  });
  const send = async (more: Partial<Message> = {}, ms = 5_000, to = newTarget()) =>
    (await provider.prepare(message(more)))(to, soon(ms));
  const told = async (fault: Omit<Fault, "provider">, ms?: number): Promise<Outcome> => {
    door.faults.providers.set({ provider: "ses", ...fault });
    const outcome = await send({}, ms);
    door.faults.providers.clear();
    return outcome;
  };
  return { door, provider, send, told, mails: door.ses.mails };
}

test("ses: an accepted mail is in SES's log, under its sender, set and tags", async (t) => {
  const { provider, mails } = await world(t);
  const to = { ...newTarget(), user: "ann:7~x", messageId: randomUUID() };
  const send = await provider.prepare(message({ app: "my-shop", notificationId: "order:7" }));
  const outcome = await send(to, soon());
  assert.equal(outcome.kind, "accepted");
  assert.equal(outcome.status, 200);
  assert.match(outcome.providerId!, /^0100/);
  const [mail] = mails as [Received];
  const { html, ...shown } = mail.payload as Record<string, unknown>;
  assert.deepEqual(shown, {
    subject: "Hello",
    from: "Shop <shop@example.com>",
    to: to.token,
    text: "World",
    attachments: [],
  });
  assert.match(String(html), /World/);
  assert.equal(mail.token, to.token);
  assert.equal(mail.headers["message-id"], `<${to.messageId}@example.com>`);
  assert.equal(mail.headers["x-clarion-notification"], "order:7");
  assert.equal(mail.headers["x-ses-configuration-set"], "events");
  const base64 = (text: string) => Buffer.from(text).toString("base64url");
  assert.equal(
    mail.headers["x-ses-message-tags"],
    `app=my-shop, notification=${base64("order:7")}, user=${base64("ann:7~x")}`,
  );
});

test("ses: one click unsubscribes from what people do not need", async (t) => {
  const { send, mails } = await world(t, {
    unsubscribeUrl: ({ app, user, category }) =>
      category === "social" ? undefined : `https://api.example.com/${app}/${user}/${category}`,
  });
  for (const category of ["marketing", "system", "transactional", "urgent", "social"])
    await send({ category });
  await send({ category: "transactional", unsubscribe: true });
  await send({ category: "invoices", unsubscribe: false });
  const headers = mails.map((mail) => [
    mail.headers["list-unsubscribe"],
    mail.headers["list-unsubscribe-post"],
  ]);
  const none = [undefined, undefined];
  assert.deepEqual(headers, [
    ["<https://api.example.com/a/u/marketing>", "List-Unsubscribe=One-Click"],
    ["<https://api.example.com/a/u/system>", "List-Unsubscribe=One-Click"],
    none,
    ["<https://api.example.com/a/u/urgent>", "List-Unsubscribe=One-Click"],
    none,
    ["<https://api.example.com/a/u/transactional>", "List-Unsubscribe=One-Click"],
    none,
  ]);
});

test("ses: a role that may not, and a key that AWS does not know, are misconfigured", async (t) => {
  const { door } = await world(t);
  const stranger = await world(t, {
    client: { credentials: { accessKeyId: "AKIAX", secretAccessKey: "x" } },
  });
  const unknownKey = await stranger.send();
  assert.deepEqual([unknownKey.kind, unknownKey.status], ["misconfigured", 403]);
  const refused = await world(t, { credentials: { ...CREDENTIALS, configurationSet: "a" } });
  const putBack = refused.door.dropStatement("Mail#0");
  const denied = await refused.send();
  assert.deepEqual(denied, { kind: "misconfigured", status: 403, reason: "AccessDenied" });
  putBack();
  assert.equal((await refused.send()).kind, "accepted");
  assert.deepEqual(door.ses.mails, []);
});

test("ses: answers that nobody can read: a refusal is one by its status", async (t) => {
  const { told } = await world(t);
  for (const kind of ["garbage", "huge"] as const) {
    assert.deepEqual(await told({ kind }), { kind: "unknown", reason: "unreadable_answer" });
    const failed = await told({ kind, status: 503 });
    assert.deepEqual([failed.kind, failed.status], ["retry", 503], kind);
    const refused = await told({ kind, status: 400 });
    assert.deepEqual([refused.kind, refused.status], ["rejected", 400], kind);
  }
});

test("ses: who cannot be connected to is tried again", async (t) => {
  const { send } = await world(t, { client: { endpoint: "http://127.0.0.1:1" } });
  assert.deepEqual(await send(), { kind: "retry", reason: "ECONNREFUSED" });
  const nowhere = await world(t, { client: { endpoint: "http://nowhere.invalid" } });
  assert.equal((await nowhere.send()).kind, "retry");
});

test("ses: what cannot be sent is refused without a request", async (t) => {
  const { send, mails, provider } = await world(t);
  assert.deepEqual(await send({ content: { data: { a: "1" } } }), {
    kind: "rejected",
    reason: "nothing_to_send",
  });
  assert.deepEqual(await send({}, 5_000, { ...newTarget(), token: "nobody" }), {
    kind: "rejected",
    reason: "invalid_address",
  });
  const attachments = [{ name: "a", content: Buffer.alloc(7 * 1024 * 1024 + 1).toString("base64") }];
  assert.deepEqual(await send({ content: { title: "T", email: { attachments } } }), {
    kind: "rejected",
    reason: "attachment_unavailable",
  });
  const bare = [{ name: "a", url: "https://10.0.0.1/a" }];
  assert.deepEqual(await send({ content: { title: "T", email: { attachments: bare } } }), {
    kind: "rejected",
    reason: "attachment_unavailable",
  });
  assert.deepEqual(mails, []);
  assert.equal(provider.concurrency, 50);
});

test("ses: seven megabytes of attachments fit into SES's ten", async (t) => {
  const { provider, mails } = await world(t);
  const content = Buffer.alloc(3.5 * 1024 * 1024, 7).toString("base64");
  const attachments = [1, 2].map((n) => ({ name: `${n}.bin`, content }));
  const text = "ü".repeat(100_000);
  const send = await provider.prepare(message({ content: { title: "T", email: { text, attachments } } }));
  const outcomes = await Promise.all(Array.from({ length: 6 }, () => send(newTarget(), soon(30_000))));
  assert.deepEqual([...new Set(outcomes.map(({ kind }) => kind))], ["accepted"]);
  for (const { payload } of mails)
    assert.deepEqual(
      (payload as { attachments: { bytes: number }[] }).attachments.map(({ bytes }) => bytes),
      [3_670_016, 3_670_016],
    );
});

test("ses: 200 at once, one request each", async (t) => {
  const { provider, mails, door } = await world(t);
  door.ses.latencyMs = 10;
  const send = await provider.prepare(message());
  const targets = Array.from({ length: 200 }, newTarget);
  const outcomes = await Promise.all(targets.map((to) => send(to, soon(20_000))));
  assert.deepEqual(
    outcomes.filter(({ kind }) => kind !== "accepted"),
    [],
  );
  assert.equal(new Set(mails.map(({ token }) => token)).size, 200);
  assert.equal(mails.length, 200);
  for (const mail of mails) assert.equal((mail.payload as { to: string }).to, mail.token);
});
