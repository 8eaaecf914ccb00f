import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { type JudgeTokens, VERDICT_WINDOW_MS } from "../../../functions/core/dispatch/verdict.ts";
import type { ReportsMessage } from "../../../functions/core/receipt/vendor-report.ts";
import { takeVendorReceipts } from "../../../functions/platform/vendor-receipts.ts";
import { verdictStore } from "../../../functions/storage/verdicts.ts";
import { VENDOR_TOKENS, vendorCredentials } from "../../../local/demo/vendors.ts";
import { ADMIN_KEY, startHttpWorld } from "./http-world.ts";
import { toldLines } from "./told-lines.ts";

/** Apps with Xiaomi's credentials, and three people each whose tokens die. */
const APPS = ["twice", "window", "side", "cut", "unsent", "apart"];
let world: Awaited<ReturnType<typeof startHttpWorld>>;
before(async () => {
  world = await startHttpWorld();
  const ok = async (route: string, body: object, key = ADMIN_KEY) => {
    const answer = await world.call("manage", route, { key, body });
    assert.ok(answer.status < 300, `${route}: ${JSON.stringify(answer.body)}`);
    return answer.body as Record<string, string>;
  };
  for (const id of APPS) {
    await ok("POST /v1/apps", { id });
    const { key } = await ok(`POST /v1/apps/${id}/keys`, { name: "k", scopes: ["users"] });
    for (const n of [1, 2, 3]) {
      const tokens = [{ kind: "mi", token: VENDOR_TOKENS.mi(n) }];
      await ok(`PUT /v1/users/u${n}/devices/phone`, { platform: "android", tokens }, key);
    }
    world.aws.secrets.set(`clarion/mobilePush/${id}/mi`, JSON.stringify(vendorCredentials(id).mi));
  }
});
after(() => world.close());

const WINDOW = 3_000_000;
const AT_MS = WINDOW * VERDICT_WINDOW_MS;
const clockIn = ({ mock: { timers } }: TestContext) => {
  timers.enable({ apis: ["Date"], now: AT_MS });
  return (windows: number) => timers.setTime(AT_MS + windows * VERDICT_WINDOW_MS);
};
const post = (app: string, receivedAtMs = AT_MS, numbers = [1, 2, 3]): ReportsMessage => ({
  v: 2,
  kind: "receipts",
  app,
  provider: "mi",
  receivedAtMs,
  post: "",
  reports: numbers.map((n) => ({ token: VENDOR_TOKENS.mi(n), says: "dead", code: "16" })),
});
const written = (app: string, window = WINDOW) => verdictStore(world.tables.guard).read(app, "mi", window);
const judged = (app: string): [window: number, tokens: number][] =>
  world.aws.calls
    .filter(({ action }) => action === "SendMessageBatch")
    .flatMap(({ input }) => input["Entries"] as { MessageBody: string }[])
    .map(({ MessageBody }) => JSON.parse(MessageBody) as JudgeTokens)
    .filter((message) => message.kind === "judge" && message.app === app)
    .map(({ window, tokens }) => [window, tokens.length]);

test("a post that comes twice, and a message that is received twice, are counted once and judged each time", async (t) => {
  clockIn(t);
  const lines = toldLines(t);
  for (const receivedAtMs of [AT_MS, AT_MS, AT_MS + 5_000])
    await takeVendorReceipts(post("twice", receivedAtMs));
  assert.deepEqual(await written("twice"), { results: 3, bad: 3 });
  assert.deepEqual(judged("twice"), [
    [WINDOW, 3],
    [WINDOW, 3],
    [WINDOW, 3],
  ]);
  assert.doesNotMatch(lines.join(""), /SuspectedConfiguration/);
});

test("what is repeated later is judged by the window that it was counted in, as long as that is known", async (t) => {
  const moveBy = clockIn(t);
  toldLines(t);
  await takeVendorReceipts(post("window"));
  moveBy(2);
  await takeVendorReceipts(post("window", AT_MS + 2 * VERDICT_WINDOW_MS));
  assert.deepEqual(await written("window", WINDOW + 2), { results: 0, bad: 0 });
  moveBy(7);
  await takeVendorReceipts(post("window", AT_MS + 7 * VERDICT_WINDOW_MS));
  assert.deepEqual(await written("window", WINDOW + 7), { results: 3, bad: 3 });
  assert.deepEqual(judged("window"), [
    [WINDOW, 3],
    [WINDOW, 3],
    [WINDOW + 7, 3],
  ]);
});

test("two that come at one time are counted once", async (t) => {
  clockIn(t);
  toldLines(t);
  await Promise.all([0, 1, 2, 3].map((afterMs) => takeVendorReceipts(post("side", AT_MS + afterMs))));
  assert.deepEqual(await written("side"), { results: 3, bad: 3 });
  assert.equal(judged("side").length, 4);
});

test("cut off before it was counted: it is counted when the message comes back", async (t) => {
  clockIn(t);
  toldLines(t);
  const send = DynamoDBClient.prototype.send as (command: object, ...more: unknown[]) => Promise<unknown>;
  const cut = t.mock.method(
    DynamoDBClient.prototype,
    "send",
    function (this: DynamoDBClient, command: object) {
      const isCount =
        command instanceof UpdateItemCommand && command.input.Key?.["pk"]?.S?.startsWith("verdict#");
      return isCount ? Promise.reject(new Error("cut off")) : send.call(this, command);
    },
  );
  await assert.rejects(takeVendorReceipts(post("cut")), /cut off/);
  cut.mock.restore();
  assert.deepEqual(judged("cut"), []);
  await takeVendorReceipts(post("cut"));
  assert.deepEqual(await written("cut"), { results: 3, bad: 3 });
  assert.deepEqual(judged("cut"), [[WINDOW, 3]]);
});

test("cut off after it was counted: the tokens are judged when the message comes back", async (t) => {
  clockIn(t);
  toldLines(t);
  const cut = t.mock.method(SQSClient.prototype, "send", async () => Promise.reject(new Error("cut off")));
  await assert.rejects(takeVendorReceipts(post("unsent")), /cut off/);
  cut.mock.restore();
  await takeVendorReceipts(post("unsent"));
  assert.deepEqual(await written("unsent"), { results: 3, bad: 3 });
  assert.deepEqual(judged("unsent"), [[WINDOW, 3]]);
});

test("other reports are counted by themselves: so many of them look like a wrong configuration", async (t) => {
  clockIn(t);
  const lines = toldLines(t);
  for (const numbers of [
    [1, 2, 3],
    [1, 2],
    [1, 2, 3],
  ])
    await takeVendorReceipts(post("apart", AT_MS, numbers));
  assert.deepEqual(await written("apart"), { results: 5, bad: 5 });
  assert.match(lines.join(""), /SuspectedConfiguration/);
});
