import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ended, notify, statementWith, until } from "./harness.ts";
import {
  app,
  isDelivered,
  metricsOf,
  post,
  postOf,
  someone,
  startVendors,
  statusOf,
  urlOf,
  world,
} from "./vendor-posts.ts";

/** API Gateway's part of receipts: what gets into the queue, what does not, and that nothing of it is lost. */
before(startVendors);
after(() => world.close());

test("a path that is not ours leads nowhere, whatever is wrong with it", async () => {
  const token = await someone("cid", "mi");
  const sent = await notify(app, "path", { to: { users: ["cid"] }, channels: ["mobilePush"] });
  await ended(app, sent["id"]);
  const receipt = postOf("mi", "dead", token);
  const own = urlOf("mi");
  const nobodys = [
    own.replace(/.$/, own.endsWith("A") ? "B" : "A"),
    own.replace("/receipts/mi/", "/receipts/oppo/"),
    own.replace("/receipts/mi/", "/receipts/apns/"),
    own.replace("/receipts/mi/", "/receipts/constructor/"),
    own.replace(`/apps/${app.id}/`, "/apps/another/"),
  ];
  const answers = await Promise.all(
    nobodys.map(async (url) => {
      const answer = await post(url, receipt);
      return [answer.status, await answer.text()];
    }),
  );
  // API Gateway has looked at none of them: a right path and a wrong one are answered alike.
  const right = await post(own, { headers: receipt.headers, body: "hello-there=1" });
  for (const answer of answers) assert.deepEqual(answer, [right.status, await right.clone().text()]);
  const told = (words: string) => world.logs.filter((line) => line.includes(words));
  await until("each is passed over", () => told("nobody's receipts").length === nobodys.length);
  await until("the unreadable one is told", () => told("expected a form with the field data").length === 1);
  await until("and counted", () => metricsOf("unreadable").length === 1);
  assert.deepEqual([...told("hello-there"), ...told("/another")], []);
  assert.equal(await statusOf("cid"), "active");
});

test("what a queue cannot hold is refused: a type that no vendor posts, more than fits", async () => {
  const own = urlOf("mi");
  const typed = (type: string, body = "x") => post(own, { headers: { "content-type": type }, body });
  assert.equal((await typed("multipart/form-data; boundary=x")).status, 415);
  const form = "application/x-www-form-urlencoded;charset=UTF-8";
  const large = await typed(form, "x".repeat(787_000));
  assert.equal(large.status, 413);
  assert.equal(large.headers.get("content-type"), "application/problem+json");
  assert.partialDeepStrictEqual(await large.json(), { status: 413, code: "body_too_large" });
  assert.equal((await typed(form, "x".repeat(780_000))).status, 200);
  const other = await fetch(own);
  assert.equal(other.status, 404, "a GET is the public function's to answer");
});

test("vendors' posts outlive their reader: what was answered is read when it can be", async () => {
  const token = await someone("kim", "mi");
  const sent = await notify(app, "kept", { to: { users: ["kim"] }, channels: ["mobilePush"] });
  await ended(app, sent["id"]);
  world.expectTrouble(/Receipts.*(denied|not authorized)|message failed.*"queue":"receipts"/);
  const right = statementWith(world, "Receipts", "sqs:SendMessage");
  const putBack = world.runtime.door.dropStatement(right.id);
  assert.equal((await post(urlOf("mi"), postOf("mi", "delivered", token))).status, 200);
  await until("its reader fails", () => world.logs.some((line) => line.includes("message failed")));
  assert.equal(await isDelivered(sent["id"], "kim"), false);
  putBack();
  await world.advance(10_000);
  await until("it is told", async () => isDelivered(sent["id"], "kim"));
});
