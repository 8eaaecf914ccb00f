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
import { deployment, role, statement } from "../unit/local/door/deployment.ts";
import { openDoor, sdkOptions } from "../unit/local/door/fixture.ts";
import { message, soon, target } from "./provider-world.ts";

const ARN = "arn:aws:ses:us-east-1:000000000000";
const sender = role("Dispatch", [
  statement("Mail#0", ["ses:SendRawEmail"], [`${ARN}:identity/*`, `${ARN}:configuration-set/*`]),
]);
const CREDENTIALS: SesCredentials = {
  from: "shop@example.com",
  fromName: "Shop",
  configurationSet: "events",
};

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
  let made = 0;
  const newTarget = () => target({ kind: "email", device: "~email", token: `user${++made}@example.org` });
  const send = async (more: Partial<Message> = {}, ms = 5_000, to = newTarget()) =>
    (await provider.prepare(message(more)))(to, soon(ms));
  const told = async (fault: Omit<Fault, "provider">, ms?: number): Promise<Outcome> => {
    door.faults.providers.set({ provider: "ses", ...fault });
    const outcome = await send({}, ms);
    door.faults.providers.clear();
    return outcome;
  };
  return { door, provider, newTarget, send, told, mails: door.ses.mails };
}

test("ses: an accepted mail is in SES's log, under its sender, set and tags", async (t) => {
  const { provider, newTarget, mails } = await world(t);
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
  for (const category of ["marketing", "transactional", "urgent", "system", "social"])
    await send({ category });
  const headers = mails.map((mail) => [
    mail.headers["list-unsubscribe"],
    mail.headers["list-unsubscribe-post"],
  ]);
  const none = [undefined, undefined];
  assert.deepEqual(headers, [
    ["<https://api.example.com/a/u/marketing>", "List-Unsubscribe=One-Click"],
    none,
    none,
    none,
    none,
  ]);
});

test("ses: each of SES's errors becomes its outcome", async (t) => {
  const { told, send, mails } = await world(t);
  const unverified =
    "MessageRejected: Email address is not verified. The following identities failed the check";
  const cases: [Pick<Fault, "status" | "reason">, Partial<Outcome>][] = [
    [{ reason: "MessageRejected" }, { kind: "rejected", reason: "MessageRejected" }],
    [{ reason: unverified }, { kind: "misconfigured", reason: "identity_not_verified" }],
    [{ reason: "MailFromDomainNotVerifiedException" }, { kind: "misconfigured" }],
    [
      { reason: "ConfigurationSetDoesNotExist" },
      { kind: "misconfigured", reason: "ConfigurationSetDoesNotExistException" },
    ],
    [{ reason: "ConfigurationSetSendingPausedException" }, { kind: "misconfigured" }],
    [{ reason: "AccountSendingPausedException" }, { kind: "misconfigured" }],
    [
      { status: 403, reason: "AccessDenied" },
      { kind: "misconfigured", reason: "AccessDenied" },
    ],
    [{ status: 403, reason: "InvalidClientTokenId" }, { kind: "misconfigured" }],
    [
      { status: 403, reason: "ExpiredToken" },
      { kind: "retry", reason: "ExpiredToken" },
    ],
    [{ reason: "InvalidParameterValue" }, { kind: "rejected", reason: "InvalidParameterValue" }],
    [{ reason: "NeverHeardOf" }, { kind: "rejected", reason: "NeverHeardOf" }],
    [{ reason: "Throttling" }, { kind: "throttled", retryAfterMs: 1_000 }],
    [
      { reason: "Throttling: Daily message quota exceeded." },
      { kind: "throttled", retryAfterMs: 3_600_000, reason: "daily_quota_exceeded" },
    ],
    [
      { status: 500, reason: "InternalFailure" },
      { kind: "retry", reason: "InternalFailure" },
    ],
    [
      { status: 503, reason: "ServiceUnavailable" },
      { kind: "retry", reason: "ServiceUnavailable" },
    ],
  ];
  for (const [fault, expected] of cases) {
    const before = mails.length;
    const outcome = await told({ status: 400, ...fault });
    for (const [key, value] of Object.entries(expected))
      assert.equal(outcome[key as keyof Outcome], value, `${key} of ${JSON.stringify(fault)}`);
    assert.equal(outcome.status, fault.status ?? 400, JSON.stringify(fault));
    assert.equal(mails.length - before, 1, `asked once: ${JSON.stringify(fault)}`);
  }
  assert.equal((await send()).kind, "accepted");
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

test("ses: no answer and cut answers leave a mail in doubt, sent no second time", async (t) => {
  const { told, send, mails } = await world(t);
  for (const kind of ["drop", "reset", "loseAnswer"] as const) {
    const before = mails.length;
    const outcome = await told({ kind });
    assert.equal(outcome.kind, "unknown", `${kind}: ${JSON.stringify(outcome)}`);
    assert.equal(mails.length - before, kind === "loseAnswer" ? 1 : 0, kind);
  }
  for (const kind of ["silent", "endless"] as const) {
    const startMs = performance.now();
    assert.deepEqual(await told({ kind }, 300), { kind: "unknown", reason: "deadline_exceeded" });
    assert.ok(performance.now() - startMs < 1_500, kind);
  }
  const slow = await told({ kind: "slow", delayMs: 2_000 }, 300);
  assert.deepEqual(slow, { kind: "unknown", reason: "deadline_exceeded" });
  assert.equal((await told({ kind: "slow", delayMs: 200 })).kind, "accepted");
  assert.equal((await send()).kind, "accepted");
});

test("ses: answers that nobody can read: the status counts, a good one is in doubt", async (t) => {
  const { told } = await world(t);
  for (const kind of ["garbage", "huge"] as const) {
    assert.deepEqual(await told({ kind }), { kind: "unknown", reason: "unreadable_answer" });
    const failed = await told({ kind, status: 503 });
    assert.deepEqual([failed.kind, failed.status], ["retry", 503], kind);
    const refused = await told({ kind, status: 400 });
    assert.deepEqual([refused.kind, refused.status], ["rejected", 400], kind);
  }
  // The SDK does not tell the status of an answer that it could not read to its end.
  const endless = await told({ kind: "endless", status: 503 }, 300);
  assert.deepEqual(endless, { kind: "unknown", reason: "deadline_exceeded" });
});

test("ses: who cannot be connected to is tried again", async (t) => {
  const { send } = await world(t, { client: { endpoint: "http://127.0.0.1:1" } });
  assert.deepEqual(await send(), { kind: "retry", reason: "ECONNREFUSED" });
  const nowhere = await world(t, { client: { endpoint: "http://nowhere.invalid" } });
  assert.equal((await nowhere.send()).kind, "retry");
});

test("ses: after the deadline nothing is sent", async (t) => {
  const { send, mails } = await world(t);
  assert.deepEqual(await send({}, -1), { kind: "retry", reason: "deadline_exceeded" });
  assert.deepEqual(mails, []);
});

test("ses: what cannot be sent is refused without a request", async (t) => {
  const { send, mails, newTarget, provider } = await world(t);
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
  // The limits of the content's schema keep texts far below this; the mail as a whole is measured all the same.
  const html = "好".repeat(2_600_000);
  assert.deepEqual(await send({ content: { title: "T", email: { html } } }), {
    kind: "rejected",
    reason: "payload_too_large",
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
  const { provider, newTarget, mails } = await world(t);
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
  const { provider, newTarget, mails, door } = await world(t);
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
