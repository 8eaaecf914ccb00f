import assert from "node:assert/strict";
import { test } from "node:test";
import { VivoCredentials } from "../../functions/core/credentials/vendors.ts";
import { nextMidnightMs } from "../../functions/providers/vendor/day-quota.ts";
import { vivoProvider } from "../../functions/providers/vivo/vivo.ts";
import { message, soon } from "./provider-world.ts";
import { vendorSuite } from "./vendor-suite.ts";
import { credentials, make, subject } from "./vivo-subject.ts";

const HOUR_MS = 3_600_000;
const { world, targets } = vendorSuite(subject);

const kindsOf = (outcomes: readonly { kind: string }[]) => outcomes.map(({ kind }) => kind);
const fault = (reason: string, more: object = {}) =>
  world().fakes.faults.set({ provider: "vivo", status: 200, reason, times: 1, ...more });
const taskOf = (token: string): unknown => {
  const entry = world().fakes.vivo.received.findLast((one) => one.token === token);
  assert.ok(entry, "received");
  return (entry.payload as Record<string, unknown>)["taskId"];
};
/** Moves the clock to the next time that it is this hour in China. */
const moveTo = (hour: number) => {
  const now = world().now();
  const midnight = nextMidnightMs(now);
  world().move(midnight - now + hour * HOUR_MS);
};

test("vivo: an app abroad is sent to at the host that its operator names, under vivo's domains alone", async () => {
  const { fakes, open, tokens, now } = world();
  const host = "api-push-other.vivo.com";
  const own = VivoCredentials.parse({ ...credentials(world(), "one"), host });
  const provider = world().closeLater(vivoProvider({ app: "abroad", credentials: own, open, tokens, now }));
  const [outcome] = await (await provider.prepare(message())).send(targets(1), soon());
  assert.deepEqual([outcome?.kind, fakes.vivo.received.at(-1)?.headers["host"]], ["accepted", host]);
  assert.equal(VivoCredentials.safeParse({ ...own, host: "vivo.com.example" }).success, false);
});

test("vivo: a token alone goes to the endpoint for one, with the vendor's id and verdict", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const send = await provider.prepare(message());
  const [good, bad, gone] = targets(3);
  const [taken] = await send.send([good!], soon());
  assert.equal(taken?.kind, "accepted");
  assert.match(taken.providerId ?? "", /^[0-9a-f-]{36}$/);
  assert.equal(taskOf(good!.token), undefined);
  world().fakes.faults.set({ provider: "vivo", token: bad!.token, reason: "10302" });
  const invalid = { kind: "gone", tokenSuspect: true, status: 200 };
  assert.deepEqual(await send.send([bad!], soon()), [{ ...invalid, reason: "10302" }]);
  world().fakes.faults.set({ provider: "vivo", token: gone!.token, reason: "2" });
  assert.deepEqual(await send.send([gone!], soon()), [{ ...invalid, reason: "user_2" }]);
});

test("vivo: the batches of a message share its task, made once; another message has its own", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const send = await provider.prepare(message());
  const batches = [targets(2), targets(3), targets(2)];
  const outcomes = await Promise.all(batches.map((some) => send.send(some, soon())));
  const later = targets(2);
  outcomes.push(await send.send(later, soon()));
  assert.deepEqual(new Set(outcomes.flatMap(kindsOf)), new Set(["accepted"]));
  const tasks = new Set([...batches.flat(), ...later].map(({ token }) => taskOf(token)));
  assert.equal(tasks.size, 1);
  assert.equal(outcomes[0]?.[0]?.providerId, [...tasks][0]);
  const [other] = [targets(2)];
  await (await provider.prepare(message())).send(other!, soon());
  assert.notEqual(taskOf(other![0]!.token), [...tasks][0]);
});

test("vivo: a task that ran out is made again, and its batch sent once more", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const send = await provider.prepare(message());
  const [first, second] = [targets(2), targets(2)];
  await send.send(first, soon());
  fault("10103");
  assert.deepEqual(kindsOf(await send.send(second, soon())), ["accepted", "accepted"]);
  assert.notEqual(taskOf(second[0]!.token), taskOf(first[0]!.token));
});

test("vivo: what is refused with a task just made is refused, and the next batch makes another", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const send = await provider.prepare(message());
  fault("10103");
  const before = world().fakes.vivo.requests();
  const refused = targets(2);
  assert.deepEqual(kindsOf(await send.send(refused, soon())), ["rejected", "rejected"]);
  assert.equal(world().fakes.vivo.requests() - before, 1);
  const next = targets(2);
  assert.deepEqual(kindsOf(await send.send(next, soon())), ["accepted", "accepted"]);
  assert.notEqual(taskOf(next[0]!.token), taskOf(refused[0]!.token));
});

test("vivo: operations messages go by day alone; at night nobody is asked", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const ask = async (category: string) =>
    (await provider.prepare(message({ category }))).send(targets(2), soon());
  moveTo(23);
  const before = world().fakes.vivo.requests();
  for (const outcome of await ask("marketing")) {
    assert.deepEqual([outcome.kind, outcome.reason], ["throttled", "10071"]);
    assert.ok(Math.abs(outcome.retryAfterMs! - 8 * HOUR_MS) < 60_000);
  }
  assert.equal(world().fakes.vivo.requests(), before);
  assert.deepEqual(kindsOf(await ask("transactional")), ["accepted", "accepted"]);
  moveTo(7);
  assert.deepEqual(kindsOf(await ask("marketing")), ["accepted", "accepted"]);
});

test("vivo: an operator's system class goes at night, an operations class of theirs does not", async () => {
  const { open, tokens, now } = world();
  const ops = { classification: 0, category: "NEWS" };
  const own = {
    ...credentials(world(), "one"),
    categories: { marketing: { classification: 1, category: "TODO" }, system: ops },
  };
  const provider = world().closeLater(vivoProvider({ app: "one", credentials: own, open, tokens, now }));
  moveTo(2);
  const ask = async (category: string) =>
    (await provider.prepare(message({ category }))).send(targets(1), soon());
  assert.deepEqual(kindsOf(await ask("marketing")), ["accepted"]);
  assert.deepEqual(kindsOf(await ask("system")), ["throttled"]);
});

test("vivo: the operations quota of the day ends it for operations alone", async () => {
  const provider = world().closeLater(make(world(), "quota"));
  moveTo(12);
  const send = async (category: string, count = 2) =>
    (await provider.prepare(message({ category }))).send(targets(count), soon());
  fault("10070");
  assert.deepEqual(kindsOf(await send("marketing")), ["rejected", "rejected"]);
  const before = world().fakes.vivo.requests();
  for (const count of [1, 2]) assert.equal((await send("marketing", count))[0]?.reason, "10070");
  assert.equal(world().fakes.vivo.requests(), before, "nobody was asked");
  assert.deepEqual(kindsOf(await send("transactional")), ["accepted", "accepted"]);
  moveTo(8);
  assert.deepEqual(kindsOf(await send("marketing")), ["accepted", "accepted"]);
});

test("vivo: texts and lives of any length are taken; messages without a text are not sent", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const long = { title: "标".repeat(60), body: "👍".repeat(200) };
  const link = { title: "no body", url: "https://x.example/" };
  for (const content of [long, { body: "no title" }, link])
    for (const [ttlS, count] of [
      [0, 1],
      [9e6, 2],
    ] as const) {
      const send = await provider.prepare(message({ content, ttlS }));
      assert.deepEqual(new Set(kindsOf(await send.send(targets(count), soon()))), new Set(["accepted"]));
    }
  const before = world().fakes.vivo.requests();
  const silent = await provider.prepare(message({ content: { silent: true, data: { a: "b" } } }));
  assert.deepEqual(await silent.send(targets(1), soon()), [{ kind: "rejected", reason: "no_data_messages" }]);
  assert.equal(world().fakes.vivo.requests(), before);
});

test("vivo: a wrong secret is a wrong configuration, told by the token endpoint", async () => {
  const { open, tokens, now } = world();
  const wrong = { ...credentials(world(), "one"), appSecret: "wrong" };
  const provider = world().closeLater(vivoProvider({ app: "x", credentials: wrong, open, tokens, now }));
  for (const count of [1, 2]) {
    const [outcome] = await (await provider.prepare(message())).send(targets(count), soon());
    assert.deepEqual([outcome?.kind, outcome?.reason], ["misconfigured", "10202"]);
  }
});

test("vivo: a message that vivo does not keep for a list is refused for all its targets, and sent to nobody", async () => {
  const { open, tokens, now } = world();
  const extra = { category: "NONE" };
  const own = { ...credentials(world(), "one"), extra };
  const provider = world().closeLater(vivoProvider({ app: "one", credentials: own, open, tokens, now }));
  const before = world().fakes.vivo.requests();
  const outcomes = await (await provider.prepare(message())).send(targets(3), soon());
  assert.deepEqual(outcomes, new Array(3).fill({ kind: "rejected", status: 200, reason: "10096" }));
  assert.equal(world().fakes.vivo.requests(), before);
});
