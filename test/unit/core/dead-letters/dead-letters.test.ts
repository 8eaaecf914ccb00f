import assert from "node:assert/strict";
import { test } from "node:test";
import { type DeadLetter, summarise } from "../../../../functions/core/dead-letters/dead-letter.ts";
import { type RedrivePorts, redrive } from "../../../../functions/core/dead-letters/redrive.ts";

const letter = (id: string, body: unknown, from: DeadLetter["from"] = "plan-high"): DeadLetter => ({
  id,
  body: typeof body === "string" ? body : JSON.stringify(body),
  from,
  sentAtMs: 1_000,
});

test("a letter is shown by its ids and counts: no token, no content, nothing overlong", () => {
  const job = {
    v: 1,
    kind: "job",
    app: "shop",
    notification: "n1",
    id: "j1",
    channel: "mobilePush",
    provider: "apns",
    targets: [["ann", "phone", "a", "secret-token", 1]],
    content: { title: "secret" },
  };
  const body = JSON.stringify(job);
  assert.deepEqual(summarise(letter("m1", job, "dispatch-mobilePush-high")), {
    id: "m1",
    kind: "job",
    from: "dispatch-mobilePush-high",
    app: "shop",
    notification: "n1",
    job: "j1",
    channel: "mobilePush",
    provider: "apns",
    targets: 1,
    bytes: Buffer.byteLength(body),
    sentAtMs: 1_000,
  });
  const odd = summarise(letter("m2", { kind: "s".repeat(5_000), app: "a".repeat(129), notification: 7 }));
  assert.deepEqual([odd.kind, odd.app, odd.notification], ["unknown", undefined, undefined]);
});

test("letters that cannot go back say why", () => {
  for (const text of ["{", "[]", "null", "7", ""])
    assert.equal(summarise(letter("m", text)).stuck, "unreadable");
  assert.equal(summarise(letter("m", { kind: "poison", targets: 3 })).stuck, "poison");
  assert.equal(summarise({ ...letter("m", { kind: "job" }), from: undefined }).stuck, "unknown_queue");
});

/** A dead-letter queue of which letters that are received are hidden. */
function queueOf(letters: DeadLetter[], fails: { send?: boolean } = {}) {
  const visible = [...letters];
  const world = { sent: [] as string[], removed: [] as string[], shown: [] as string[] };
  const ids = (some: readonly DeadLetter[]) => some.map(({ id }) => id);
  const ports: RedrivePorts<DeadLetter> = {
    receive: async (most) => visible.splice(0, Math.min(most, 2)),
    sendBack: async (some) => {
      if (fails.send) throw new Error("not taken");
      world.sent.push(...ids(some));
    },
    remove: async (some) => void world.removed.push(...ids(some)),
    show: async (some) => void world.shown.push(...ids(some)),
  };
  return { ports, world };
}
const always = { hasTime: () => true };
const LETTERS = [
  letter("a", { kind: "plan" }),
  letter("p", { kind: "poison" }),
  letter("b", { kind: "plan" }),
  letter("u", "{"),
];

test("all go back but the stuck ones, which stay in sight or go, as was asked", async () => {
  const kept = queueOf(LETTERS);
  assert.deepEqual(await redrive(kept.ports, { max: 100, stuck: "keep", ...always }), {
    redriven: 2,
    deleted: 0,
    kept: 2,
  });
  assert.deepEqual(kept.world, { sent: ["a", "b"], removed: ["a", "b"], shown: ["p", "u"] });
  const gone = queueOf(LETTERS);
  assert.deepEqual(await redrive(gone.ports, { max: 100, stuck: "delete", ...always }), {
    redriven: 2,
    deleted: 2,
    kept: 0,
  });
  assert.deepEqual(gone.world.removed, ["a", "p", "b", "u"]);
});

test("as many as were asked for, and none once the time is over", async () => {
  const few = queueOf(LETTERS);
  await redrive(few.ports, { max: 3, stuck: "keep", ...always });
  assert.deepEqual(few.world.sent, ["a", "b"]);
  assert.deepEqual(few.world.shown, ["p"]);
  const late = queueOf(LETTERS);
  const counts = await redrive(late.ports, { max: 100, stuck: "keep", hasTime: () => false });
  assert.deepEqual(counts, { redriven: 0, deleted: 0, kept: 0 });
});

test("what its queue does not take is not removed", async () => {
  const { ports, world } = queueOf(LETTERS, { send: true });
  await assert.rejects(redrive(ports, { max: 100, stuck: "delete", ...always }), /not taken/);
  assert.deepEqual(world.removed, []);
});
