import assert from "node:assert/strict";
import { test } from "node:test";
import { ROOM, ROOM_SHARE } from "../../../../functions/core/dispatch/requests-at-once.ts";
import { turnstile } from "../../../../functions/core/dispatch/turnstile.ts";

type Work = [key: string, weight: number];
const tick = () => new Promise((resolve) => setImmediate(resolve));

/** Work that goes on until it is told to end; `inside` has it in the order of its entering. */
function gate(capacity: number, share?: number) {
  const gates = turnstile(capacity, share);
  const inside = new Set<number>();
  const ends: PromiseWithResolvers<void>[] = [];
  const all: Promise<void>[] = [];
  return {
    inside,
    all,
    async come(...works: Work[]) {
      for (const [key, weight] of works) {
        const index = ends.push(Promise.withResolvers<void>()) - 1;
        const work = async () => {
          inside.add(index);
          await ends[index]!.promise;
          inside.delete(index);
        };
        all.push(gates.run(key, weight, work));
      }
      await tick();
    },
    async end(...indexes: number[]) {
      for (const index of indexes) ends[index]!.resolve();
      await tick();
    },
  };
}

const times = (count: number, work: Work): Work[] => Array.from({ length: count }, () => work);

test("light work goes in together, heavy work one after the other, in order", async () => {
  const { inside, all, come, end } = gate(500);
  await come(["a", 1], ["a", 1], ["a", 340], ["a", 340], ["a", 1]);
  assert.deepEqual([...inside], [0, 1, 2], "the second heavy one waits, and so does what came after it");
  await end(2);
  assert.deepEqual([...inside], [0, 1, 3, 4]);
  await end(0, 1, 3, 4);
  await Promise.all(all);
});

test("what is heavier than the capacity goes in alone, whoever is light", async () => {
  const { inside, all, come, end } = gate(500, 0.8);
  await come(["a", 700], ["a", 1], ["b", 1]);
  assert.deepEqual([...inside], [0]);
  await end(0);
  assert.deepEqual([...inside], [1, 2], "and the others after it");
  await end(1, 2);
  await come(["b", 1], ["a", 700], ["c", 1]);
  assert.deepEqual([...inside], [3], "nobody goes in before it");
  await end(3);
  assert.deepEqual([...inside], [4]);
  await end(4);
  await end(5);
  await Promise.all(all);
});

test("what is heavier than its key's share goes in when none of its key's is inside", async () => {
  const { inside, come, end } = gate(1_000, 0.8);
  await come(["a", 1], ["a", 900]);
  assert.deepEqual([...inside], [0]);
  await end(0);
  assert.deepEqual([...inside], [1]);
});

test("work that fails makes room as well", async () => {
  const gates = turnstile(1);
  await assert.rejects(
    gates.run("a", 1, () => Promise.reject(new Error("no"))),
    /no/,
  );
  assert.equal(await gates.run("a", 1, async () => "in"), "in");
});

test("a slow key leaves room to those who come after it, and work of its own alone waits for it", async () => {
  const { inside, come, end } = gate(ROOM, ROOM_SHARE);
  await come(...times(6, ["slow", 200]), ["b", 1], ["c", 200], ["slow", 1], ["d", 40]);
  assert.deepEqual([...inside], [0, 1, 2, 3, 4, 6, 7, 9]);
  await end(7);
  assert.deepEqual([...inside], [0, 1, 2, 3, 4, 6, 9], "the room that others leave is not the slow one's");
  await end(0);
  assert.deepEqual([...inside], [1, 2, 3, 4, 6, 9], "nor is the room of its own, while they have some");
  await end(6, 9);
  assert.deepEqual(
    [...inside],
    [1, 2, 3, 4, 5],
    "its own come in order: the light one waits behind the heavy",
  );
});

test("of keys that wait, the one that holds least is the next, whoever came first", async () => {
  const { inside, come, end } = gate(1_000, 0.8);
  await come(...times(4, ["slow", 200]), ["b", 150], ["slow", 100], ["b", 100], ["c", 100]);
  assert.deepEqual([...inside], [0, 1, 2, 3, 4], "the newcomer finds 50 left");
  await end(0);
  assert.deepEqual([...inside].slice(3), [4, 7], "it is first, though it came last");
  await end(1);
  assert.deepEqual([...inside].slice(2), [4, 7, 6, 5], "then who holds 150, then who holds 400");
});

test("a stream of light work does not keep heavy work out", async () => {
  const { inside, come, end } = gate(100, 0.8);
  const light = ["a", "b", "c", "d"].map((key): Work => [key, 10]);
  await come(...light, ...light, ["heavy", 90]);
  for (let round = 0; round < 7; round++) {
    assert.ok(!inside.has(8));
    await end(round);
    await come(light[round % 4]!);
  }
  assert.ok(inside.has(8), "it went in as soon as what had been before it left room");
});

/** As a batch of a broadcast brings them: a window of 200 is one job. */
const mixes: [string, Work[]][] = [
  ["one provider", times(20, ["app#apns", 200])],
  ["two", times(10, ["app#apns", 200]).flatMap((work): Work[] => [work, ["app#fcm", 200]])],
  [
    "three, one of which takes many targets a request",
    times(6, ["app#apns", 200]).flatMap((work): Work[] => [work, ["app#fcm", 200], ["app#hms", 1]]),
  ],
  ["lists", times(40, ["app#fcm", 50])],
];
for (const [what, works] of mixes)
  test(`a broadcast keeps its thousand requests under way: ${what}`, async () => {
    const { inside, come } = gate(ROOM, ROOM_SHARE);
    await come(...works);
    const sum = [...inside].reduce((total, index) => total + works[index]![1], 0);
    assert.ok(sum >= 1_000, `${sum} requests`);
  });
