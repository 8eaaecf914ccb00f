import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { apiClient } from "../../local/demo/api-client.ts";
import {
  browserOf,
  ended,
  iphone,
  makeApp,
  pixel,
  startWorld,
  type TestApp,
  until,
  type World,
} from "./harness.ts";

/** The rarer ways: each of them is also what some statement of some role is there for. */
let world: World;
let app: TestApp;
before(async () => {
  world = await startWorld();
  world.expectTrouble(/was ended by SIGKILL/);
  app = await makeApp(world, "corner");
  await app.api.ok("PUT", "/v1/users/cora", {});
  await app.api.ok("PUT", "/v1/users/cora/devices/phone", iphone("cora"));
  await app.api.ok("PUT", "/v1/users/cora/devices/pixel", pixel("cora"));
  await app.api.ok("PUT", "/v1/users/cora/devices/firefox", browserOf(world, app));
});
after(() => world.close());

const ALL = ["inApp", "mobilePush", "webPush"];
const post = (title: string, change: object = {}) =>
  app.api.ok("POST", "/v1/notifications", {
    to: { users: ["cora"] },
    channels: ALL,
    content: { title },
    ...change,
  });
const tableNamed = (name: string) =>
  world.runtime.deployment.tables.find(({ logicalId }) => logicalId.startsWith(name))!.name;
const functionNamed = (name: string) =>
  world.runtime.deployment.functions.find(({ logicalId }) => logicalId.startsWith(name))!.name;

test("every priority has its queues, and a large body travels in chunks", async () => {
  for (const priority of ["high", "normal", "low"]) {
    const large = { title: priority, metadata: { note: "x".repeat(120_000) } };
    const sent = [await post(priority, { priority }), await post(priority, { priority, content: large })];
    await world.advance(1_500);
    for (const { id } of sent) assert.equal((await ended(app, id)).totals["accepted"], 4);
  }
});

test("lists beyond 25 people and broadcasts are planned through the queue of their priority", async () => {
  for (const priority of ["high", "normal", "low"]) {
    const users = ["cora", ...Array.from({ length: 30 }, (_, n) => `ghost-${n}`)];
    const list = await post(`list-${priority}`, { priority, to: { users } });
    const walk = await post(`walk-${priority}`, { priority, to: { everyone: true } });
    const later = await post(`later-${priority}`, {
      priority,
      sendAt: new Date(world.runtime.clock.now() + 1_800_000).toISOString(),
    });
    await app.api.ok("PATCH", `/v1/notifications/${later["id"]}`, {
      sendAt: new Date(world.runtime.clock.now() + 300_000).toISOString(),
    });
    await world.advance(310_000);
    for (const { id } of [list, walk, later])
      assert.ok(((await ended(app, id)).totals["accepted"] ?? 0) >= 3);
  }
});

test("a broadcast reaches those who connect later, once, and not those who joined later", async () => {
  await app.api.ok("PUT", "/v1/users/late", {});
  const first = await post("to-all-1", { to: { everyone: true }, channels: ["inApp"] });
  await ended(app, first["id"]);
  await app.api.ok("PUT", "/v1/users/joined", {});
  const single = await post("single", { to: { users: ["late"] }, channels: ["inApp"] });
  await ended(app, single["id"]);
  const socket = await app.connect("late");
  await until("both arrive", () => socket.notifications().length >= 2);
  const second = await post("to-all-2", { to: { everyone: true }, channels: ["inApp"] });
  await until("the second arrives", () => socket.notifications().some(({ id }) => id === second["id"]));
  await ended(app, second["id"]);
  socket.close();
  const titles = socket.notifications().map(({ data }) => data["title"]);
  assert.equal(titles.filter((title) => title === "to-all-1").length, 1);
  assert.equal(titles.filter((title) => title === "to-all-2").length, 1);
  const sequences = socket.notifications().map(({ sequence }) => sequence!);
  assert.deepEqual(
    sequences,
    [...sequences].sort((a, b) => a - b),
  );
  const newcomer = await app.connect("joined");
  await until("greeted", () => newcomer.frames.some(({ type }) => type === "hello"));
  await until("to-all-2 arrives", () => newcomer.notifications().length > 0);
  assert.deepEqual(
    newcomer.notifications().map(({ data }) => data["title"]),
    ["to-all-2"],
  );
  newcomer.close();
});

test("a connection that is gone is forgotten; a heartbeat keeps one seen; a ping costs no function", async () => {
  const socket = await app.connect("cora");
  await until("greeted", () => socket.frames.some(({ type }) => type === "hello"));
  const invoked = () => world.runtime.meter.totals().units["lambda.request"] ?? 0;
  const before = invoked();
  socket.send({ type: "ping" });
  await until("the ping is answered", () => socket.frames.length > 1);
  assert.equal(invoked(), before);
  socket.send({ type: "heartbeat" });
  await until("the heartbeat is taken", () => invoked() > before);
  await world.runtime.clock.settled();
  const disconnectRight = statementsOf("Socket").find(({ actions }) =>
    actions.includes("dynamodb:DeleteItem"),
  )!;
  const putBack = world.runtime.door.dropStatement(disconnectRight.id);
  world.expectTrouble(/SocketRole.*(denied|not authorized)|SocketFunction.*AccessDenied/);
  socket.close();
  await until("closed at the gateway", () => world.runtime.gateway?.connections().length === 0);
  await world.runtime.clock.settled();
  putBack();
  const sent = await post("to a ghost", { channels: ["inApp"] });
  assert.equal((await ended(app, sent["id"])).totals["accepted"], 1);
});

test("long waits go on as delayed copies on every channel", async () => {
  for (const what of ["webPush", "inApp", "mobilePush"])
    await app.api.ok("PUT", `/v1/apps/${app.id}/switches/${what}`, { paused: true });
  await world.advance(5_000);
  const sent = await post("held");
  for (let step = 0; step < 26; step++) await world.advance(5_500);
  for (const what of ["webPush", "inApp", "mobilePush"])
    await app.api.ok("PUT", `/v1/apps/${app.id}/switches/${what}`, { paused: false });
  await world.advance(15_000);
  assert.equal((await ended(app, sent["id"])).totals["accepted"], 4);
});

test("a job that crashes five times is poison on every channel: given up, told, copied without contents", async () => {
  const cases = [
    {
      name: "DispatchMobilePush",
      channel: "mobilePush",
      stall: () => world.fakes.faults.set({ provider: "apns", kind: "slow", delayMs: 20_000 }),
    },
    {
      name: "DispatchWebPush",
      channel: "webPush",
      stall: () => world.fakes.faults.set({ provider: "webpush", kind: "slow", delayMs: 20_000 }),
    },
    {
      name: "DispatchInApp",
      channel: "inApp",
      stall: () => world.runtime.door.faults.dynamodb.stall({ table: tableNamed("Inbox"), delayMs: 20_000 }),
    },
  ];
  for (const { name, channel, stall } of cases) {
    stall();
    const sent = await post(`poison-${channel}`, {
      channels: [channel],
      retry: { attempts: 10 },
      ...(channel === "mobilePush" && { to: { devices: [{ user: "cora", device: "phone" }] } }),
    });
    let claimed = 0;
    for (let death = 0; death < 5; death++) {
      await until(`${name} works`, () =>
        world.runtime.functions
          .environments()
          .some(({ functionName, state }) => functionName === functionNamed(name) && state === "busy"),
      );
      // A death before the lease costs no crash: each worker must have written its claim.
      await until("the job is leased again", async () => (await claims(sent["id"])) > claimed);
      claimed = await claims(sent["id"]);
      world.runtime.functions.kill(functionNamed(name), "SIGKILL");
      await until("it is dead", () => world.runtime.functions.busy() === 0);
      if (death < 4) await shift(46_000);
    }
    world.fakes.faults.clear();
    world.runtime.door.faults.dynamodb.clear();
    await world.advance(50_000);
    const status = await ended(app, sent["id"]);
    assert.match(JSON.stringify(status.counts), /poison|unknown/, channel);
    const dead = world.runtime.deployment.queues.find(({ logicalId }) =>
      logicalId.toLowerCase().includes(`${channel.toLowerCase()}dead`),
    )!;
    const { Messages: [copy] = [] } = await world.runtime.door.sqs.receiveMessage({
      QueueUrl: world.runtime.door.sqs.queueUrl(dead.name),
    });
    assert.ok(copy, `no copy in ${dead.name}`);
    assert.ok(copy.Body.includes(String(sent["id"])));
    assert.doesNotMatch(copy.Body, /poison-|cora/);
  }
});

/** Revision of a notification's only ledger while somebody holds its lease; 0 otherwise. */
async function claims(id: unknown): Promise<number> {
  const input = {
    TableName: tableNamed("Delivery"),
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :job)",
    ExpressionAttributeValues: { ":pk": { S: `${app.id}#n#${id}#0` }, ":job": { S: "job#" } },
    ConsistentRead: true,
  };
  const { Items: [ledger] = [] } = (await world.runtime.door.call(
    { kind: "admin" },
    "dynamodb",
    "Query",
    input,
  )) as {
    Items?: { s: { S: string }; r: { N: string } }[];
  };
  return ledger?.s.S === "leased" ? Number(ledger.r.N) : 0;
}

/** Moves the clock without waiting for quiet: the work that comes back is meant to hang. */
async function shift(ms: number): Promise<void> {
  await Promise.race([world.advance(ms), new Promise((resolve) => setTimeout(resolve, 1_000))]);
}

test("the daily sweep makes devices unseen for 90 days inactive; their next registration brings them back", async () => {
  await app.api.ok("PUT", "/v1/users/gone90", {});
  await app.api.ok("PUT", "/v1/users/gone90/devices/phone", iphone("gone90"));
  await world.runtime.clock.jump(92 * 86_400_000);
  await world.advance(1_000);
  const status = async () => {
    const { devices } = (await app.api.ok("GET", "/v1/users/gone90")) as { devices: { status: string }[] };
    return devices[0]!.status;
  };
  await until("it is swept", async () => (await status()) === "inactive");
  await app.api.ok("PUT", "/v1/users/gone90/devices/phone", iphone("gone90"));
  assert.equal(await status(), "active");
});

test("a browser that unsubscribed is taken off; a short delay can become a long one", async () => {
  await app.api.ok("PUT", "/v1/users/web", {});
  const browser = browserOf(world, app);
  await app.api.ok("PUT", "/v1/users/web/devices/firefox", browser);
  const [subscription] = browser.tokens as unknown as { endpoint: string }[];
  world.fakes.webpush.unsubscribe(subscription!.endpoint);
  const gone = await post("gone", { to: { users: ["web"] }, channels: ["webPush"] });
  assert.match(JSON.stringify((await ended(app, gone["id"])).counts), /gone/);
  const { devices } = (await app.api.ok("GET", "/v1/users/web")) as { devices: { status: string }[] };
  assert.equal(devices[0]!.status, "unregistered");
  await app.api.ok("PUT", "/v1/users/cora/devices/pixel", pixel("cora")); // back after the sweep
  const inMs = (ms: number) => new Date(world.runtime.clock.now() + ms).toISOString();
  const moved = await post("stretched", { sendAt: inMs(300_000) });
  await app.api.ok("PATCH", `/v1/notifications/${moved["id"]}`, { sendAt: inMs(3_600_000) });
  await world.advance(3_610_000);
  assert.equal((await ended(app, moved["id"])).totals["accepted"], 2);
});

test("operators: lists, cursors, cancel by filter, queues, credentials replaced and removed, people erased", async () => {
  for (let n = 0; n < 3; n++)
    await post(`listed-${n}`, {
      sendAt: new Date(world.runtime.clock.now() + 3_600_000).toISOString(),
      category: "system",
      priority: "low",
    });
  const page = (await app.api.ok("GET", "/v1/notifications?limit=2")) as {
    notifications: unknown[];
    nextCursor?: string;
    cursor?: string;
  };
  assert.equal(page.notifications.length, 2);
  const cancelled = await app.api.ok("DELETE", "/v1/notifications?category=system&state=scheduled");
  assert.match(JSON.stringify(cancelled), /3/);
  assert.match(JSON.stringify(await world.admin.ok("GET", "/v1/queues")), /high/);
  await app.api.ok("PUT", "/v1/users/erased", {});
  await app.api.ok("PUT", "/v1/users/erased/devices/phone", iphone("erased"));
  await ended(app, (await post("for the erased", { to: { users: ["erased"] }, channels: ["inApp"] }))["id"]);
  const socket = await app.connect("erased");
  assert.equal((await app.api.call("DELETE", "/v1/users/erased")).status, 204);
  socket.close();
  assert.equal((await app.api.call("GET", "/v1/users/erased")).status, 404);
  const provider = `/v1/apps/${app.id}/providers/jwt`;
  await world.admin.ok("PUT", provider, { secret: randomBytes(32).toString("hex") });
  await world.admin.ok("DELETE", provider);
  await app.api.ok("PUT", "/v1/users/cora/devices/spare", iphone("spare"));
  assert.equal((await app.api.call("DELETE", "/v1/users/cora/devices/spare")).status, 204);
  const key = await world.admin.ok("POST", `/v1/apps/${app.id}/keys`, { name: "doomed", scopes: ["read"] });
  await world.admin.ok("DELETE", `/v1/apps/${app.id}/keys/${key["id"]}`);
  const doomed = await makeApp(world, "doomed");
  await world.admin.ok("DELETE", `/v1/apps/${doomed.id}`);
});

test("end users register their own devices; health, document and public key are open", async () => {
  const users = await makeApp(world, "people");
  const ann = apiClient(world.runtime.apiUrl, users.token("ann"));
  await ann.ok("PUT", "/v1/client/devices/mine", iphone("mine-ann"));
  assert.equal((await ann.call("DELETE", "/v1/client/devices/mine")).status, 204);
  const open = apiClient(world.runtime.apiUrl);
  assert.match(JSON.stringify(await open.ok("GET", "/health")), /version/);
  assert.equal((await open.ok("GET", "/openapi.json"))["openapi"], "3.1.0");
  assert.ok((await open.ok("GET", `/v1/public/apps/${users.id}/vapid-key`))["publicKey"]);
  assert.equal((await open.call("GET", "/v1/public/apps/unknown/vapid-key")).status, 404);
});

test("a signed key works on the management side too", async () => {
  const made = await world.admin.ok("POST", `/v1/apps/${app.id}/keys`, {
    name: "signed",
    scopes: ["users"],
    signed: true,
  });
  const secret = String(made["key"]).split(".").at(-1)!;
  const timestamp = String(Math.floor(world.runtime.clock.now() / 1000));
  const nonce = randomBytes(16).toString("hex");
  const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const signature = createHmac("sha256", secret)
    .update(["GET", "/v1/users/cora", timestamp, nonce, emptyHash].join("\n"))
    .digest("hex");
  const headers = { "clarion-timestamp": timestamp, "clarion-nonce": nonce, "clarion-signature": signature };
  const client = apiClient(world.runtime.apiUrl, String(made["key"]));
  const once = await client.call("GET", "/v1/users/cora", undefined, headers);
  assert.equal(once.status, 200, JSON.stringify(once.body));
  assert.equal((await client.call("GET", "/v1/users/cora", undefined, headers)).status, 401);
});

const statementsOf = (fn: string) => {
  const { functions, roles } = world.runtime.deployment;
  const { roleArn } = functions.find(({ logicalId }) => logicalId.startsWith(fn))!;
  return roles.find(({ arn }) => arn === roleArn)!.statements;
};
