import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { configureAddresses } from "../../local/demo/addresses.ts";
import {
  browserOf,
  ended,
  functionNamed,
  iphone,
  makeApp,
  notify,
  person,
  startWorld,
  type TestApp,
  tableNamed,
  until,
  type World,
} from "./harness.ts";

/** Jobs that take their worker down with them. */
let world: World;
let app: TestApp;
before(async () => {
  world = await startWorld();
  world.expectTrouble(/was ended by SIGKILL/);
  app = await makeApp(world, "deadly");
  await configureAddresses(world.admin, app.id);
  await person(app, "cora", { phone: iphone("cora"), firefox: browserOf(world, app) });
  const webhook = { format: "standard", url: "https://hooks.receiver.example/1" };
  await app.api.ok("PUT", "/v1/users/cora", { email: "c@mail.example", phone: "+4915112345678", webhook });
});
after(() => world.close());

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
      stall: () =>
        world.runtime.door.faults.dynamodb.stall({ table: tableNamed(world, "Inbox"), delayMs: 20_000 }),
    },
    ...(
      [
        ["DispatchEmail", "email", "ses"],
        ["DispatchSms", "sms", "sns"],
        ["DispatchWebhook", "webhook", "webhook"],
      ] as const
    ).map(([name, channel, provider]) => ({
      name,
      channel,
      stall: () => world.fakes.faults.set({ provider, kind: "slow", delayMs: 20_000 }),
    })),
  ];
  for (const { name, channel, stall } of cases) {
    stall();
    const sent = await notify(app, `poison-${channel}`, {
      to: { users: ["cora"] },
      channels: [channel],
      retry: { attempts: 10 },
    });
    let claimed = 0;
    for (let death = 0; death < 5; death++) {
      await until(`${name} works`, () =>
        world.runtime.functions
          .environments()
          .some(({ functionName, state }) => functionName === functionNamed(world, name) && state === "busy"),
      );
      // A death before the lease costs no crash: each worker must have written its claim.
      await until("the job is leased again", async () => (await claims(sent["id"])) > claimed);
      claimed = await claims(sent["id"]);
      world.runtime.functions.kill(functionNamed(world, name), "SIGKILL");
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
    TableName: tableNamed(world, "Delivery"),
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
