import assert from "node:assert/strict";
import { after, test } from "node:test";
import { codeOf, startShop } from "./http-shop.ts";

const { key, manage, world } = await startShop();
after(() => world.close());

test("notifications: listed with a signed cursor, changed, cancelled, explained", async () => {
  const inTwoHours = new Date(Date.now() + 7_200_000).toISOString();
  await manage("PUT /v1/users/eva", {});
  for (const id of ["n1", "n2", "n3"]) {
    const sent = await world.call("send", "POST /v1/notifications", {
      key,
      body: { id, to: { users: ["eva"] }, content: { title: "Hi" }, sendAt: inTwoHours },
    });
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
  }
  type List = { notifications: { id: string }[]; cursor?: string };
  const first = (await manage("GET /v1/notifications?limit=2")).body as unknown as List;
  assert.equal(first.notifications.length, 2);
  const cursor = first.cursor ?? "";
  const second = (await manage(`GET /v1/notifications?limit=2&cursor=${cursor}`)).body as unknown as List;
  assert.deepEqual(
    [...first.notifications, ...second.notifications].map(({ id }) => id),
    ["n3", "n2", "n1"],
  );
  for (const query of [
    `cursor=${cursor}&state=scheduled`,
    `cursor=x${cursor}`,
    "cursor=a.b",
    "limit=0",
    "state=odd",
  ])
    assert.equal(codeOf(await manage(`GET /v1/notifications?${query}`)), "invalid_request", query);
  const sooner = new Date(Date.now() + 60_000).toISOString();
  const changed = await manage("PATCH /v1/notifications/n1", { sendAt: sooner, content: { title: "Soon" } });
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  assert.equal((changed.body as { revision?: number }).revision, 2);
  const messages = world.aws.calls.filter(({ action }) => action === "SendMessageBatch");
  assert.match(JSON.stringify(messages.at(-1)?.input), /\\"revision\\":2.*DelaySeconds":(59|60)/);
  assert.equal(
    codeOf(await manage("PATCH /v1/notifications/n1", { sendAt: "2020-01-01T00:00:00Z" })),
    "time_in_past",
  );
  assert.equal(codeOf(await manage("PATCH /v1/notifications/n1", {})), "invalid_request");
  const why = await manage("GET /v1/notifications/n1/recipients/eva");
  assert.match(
    (why.body as { sentence?: string }).sentence ?? "",
    /^eva has not got it yet: it is scheduled for/,
  );
  assert.equal(Object.keys(why.body)[0], "sentence");
  const cancelled = await manage("DELETE /v1/notifications/n1");
  assert.deepEqual(cancelled.body, { id: "n1", state: "cancelled", accepted: 0, stopped: 0, undecided: 1 });
  assert.equal((await manage("DELETE /v1/notifications/n1")).status, 200);
  assert.equal(codeOf(await manage("PATCH /v1/notifications/n1", { sendAt: inTwoHours })), "conflict");
  assert.equal(codeOf(await manage("DELETE /v1/notifications")), "invalid_request");
  const many = await manage("DELETE /v1/notifications?priority=high");
  assert.deepEqual((many.body as { ids?: string[] }).ids?.sort(), ["n2", "n3"]);
  assert.equal(codeOf(await manage("GET /v1/notifications/none")), "not_found");
});

test("a list of times that no notification can have is a wrong question, never an error of ours", async () => {
  const asked = (query: string) => manage(`GET /v1/notifications?${query}`);
  const wrong: [string, RegExp][] = [
    ["category=marketing&to=0000-01-01T00:00:00Z", /\/to: must lie between 1970 and 2286/],
    ["to=2286-12-01T00:00:00Z&from=2286-11-01T00:00:00Z", /\/to: must lie between 1970 and 2286/],
    ["from=1969-12-31T00:00:00Z&to=1970-01-02T00:00:00Z", /\/from: must lie between 1970 and 2286/],
  ];
  for (const [query, message] of wrong) {
    const { status, body } = await asked(query);
    assert.equal(status, 400, query);
    assert.match(JSON.stringify(body), message, query);
  }
  assert.equal((await asked("to=1970-01-02T00:00:00Z")).status, 200);
});
