import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ReportsMessage } from "../../../functions/core/receipt/vendor-report.ts";
import { ADMIN_KEY, startHttpWorld } from "./http-world.ts";

/** The public side of receipts: who gets in, what goes to the queue, and what does not. */
let world: Awaited<ReturnType<typeof startHttpWorld>>;
const paths: Record<string, string> = {};
const CREDENTIALS = {
  jpush: { appKey: "a-key", masterSecret: "a-master-secret" },
  meizu: { appId: "1234", appSecret: "an-app-secret", receiptToken: "a-receipt-token" },
  oppo: { appKey: "a-key", masterSecret: "a-master-secret" },
};

before(async () => {
  world = await startHttpWorld();
  await world.call("manage", "POST /v1/apps", { key: ADMIN_KEY, body: { id: "shop" } });
  for (const [name, body] of Object.entries(CREDENTIALS)) {
    const answer = await world.call("manage", `PUT /v1/apps/shop/providers/${name}`, {
      key: ADMIN_KEY,
      body,
    });
    paths[name] = (answer.body as unknown as { receiptPath: string }).receiptPath;
  }
});
after(() => world.close());

const post = (path: string, text: string, headers: Record<string, string> = {}) =>
  world.call("public", `POST ${path}`, { text, headers });
/** What went to the queue since the last look. */
function queued(): { url: string; bytes: number; message: ReportsMessage }[] {
  const sent = world.aws.calls.splice(0).filter(({ action }) => action === "SendMessageBatch");
  return sent.flatMap(({ input }) =>
    (input["Entries"] as { MessageBody: string }[]).map(({ MessageBody }) => ({
      url: String(input["QueueUrl"]),
      bytes: Buffer.byteLength(MessageBody),
      message: JSON.parse(MessageBody) as ReportsMessage,
    })),
  );
}

test("10,000 reports go to the dispatcher's queue in messages of 200 KB", async () => {
  queued();
  const registrationIds = Array.from({ length: 10_000 }, (_, n) => `CN_${String(n).padStart(32, "0")}`);
  const body = JSON.stringify([
    {
      registrationIds: registrationIds.join(","),
      eventType: "push_arrive",
      param: "n-1",
      eventTime: "1700000000000",
    },
  ]);
  const answer = await post(paths["oppo"]!, body, { "content-type": "text/plain" });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const messages = queued();
  assert.ok(
    messages.length >= 5 && messages.every(({ bytes }) => bytes <= 201_000),
    `${messages.length} messages`,
  );
  assert.ok(messages.every(({ url }) => url.endsWith("/dispatch-mobilePush-normal")));
  assert.equal(new Set(messages.map(({ message }) => message.post)).size, 1);
  const reports = messages.flatMap(({ message }) => message.reports);
  assert.deepEqual(new Set(reports.map(({ token }) => token)), new Set(registrationIds));
  const { v, kind, app, provider } = messages[0]!.message;
  assert.deepEqual([v, kind, app, provider], [2, "receipts", "shop", "oppo"]);
});

test("credentials that a vendor sends along reach the queue as hashes", async () => {
  queued();
  const authorization = `Basic ${Buffer.from("a-key:a-master-secret").toString("base64")}`;
  const receipt = JSON.stringify([{ rid: "1a0018970a000001", type: 1, params: { notification: "n-1" } }]);
  assert.equal((await post(paths["jpush"]!, receipt, { Authorization: authorization })).status, 200);
  const cb = JSON.stringify({ "m-1": { type: 1, targets: ["J04760000001d625"], param: "n-1" } });
  const form = new URLSearchParams({ cb, access_token: "a-receipt-token" }).toString();
  assert.equal((await post(paths["meizu"]!, form)).status, 200);
  const messages = queued();
  assert.deepEqual(
    messages.map(({ message }) => message.proof?.kind),
    ["basic", "token"],
  );
  const text = JSON.stringify(messages);
  for (const secret of [authorization.slice(6), "a-master-secret", "a-receipt-token"])
    assert.ok(!text.includes(secret), secret);
});

test("a right key has no rate, a wrong one the address's", async ({ mock }) => {
  const atMs = Date.now();
  mock.method(Date, "now", () => atMs);
  const statuses = async (path: string) => {
    const found: number[] = [];
    for (let n = 0; n < 120; n++)
      found.push((await world.call("public", `POST ${path}`, { text: "[]", from: "198.51.100.7" })).status);
    return found;
  };
  const right = paths["oppo"]!;
  assert.deepEqual(new Set(await statuses(right)), new Set([200]));
  const wrong = await statuses(right.replace("/oppo/", "/vivo/"));
  assert.deepEqual([wrong[0], wrong.at(-1)], [404, 429]);
  const answered = wrong.filter((status) => status === 404).length;
  assert.ok(answered > 80 && answered <= 100, `${answered} were answered`);
  assert.deepEqual(new Set(await statuses(right)), new Set([200]), "a vendor is not held up by it");
});

test("what cannot be read is refused, and not repeated", async () => {
  queued();
  const answer = await post(paths["oppo"]!, "planted");
  const text = JSON.stringify(answer.body);
  assert.ok(answer.status === 400 && text.includes("expected JSON") && !text.includes("planted"), text);
  assert.deepEqual(queued(), []);
});

test("an empty list is taken, and nothing is queued for it; a body beyond 1 MB is not read", async () => {
  queued();
  assert.equal((await post(paths["oppo"]!, "[]")).status, 200);
  assert.equal((await post(paths["oppo"]!, `[${" ".repeat(1_000_000)}]`)).status, 413);
  assert.deepEqual(queued(), []);
});

test("an app that is switched off or gone takes no receipts", async () => {
  const call = (route: string, body?: object) => world.call("manage", route, { key: ADMIN_KEY, body });
  await call("POST /v1/apps", { id: "off", disabled: false });
  const made = await call("PUT /v1/apps/off/providers/oppo", CREDENTIALS.oppo);
  const { receiptPath } = made.body as unknown as { receiptPath: string };
  await call("PATCH /v1/apps/off", { disabled: true });
  assert.equal((await post(receiptPath, "[]")).status, 404);
});
