import assert from "node:assert/strict";
import { test } from "node:test";
import { cached } from "../../../functions/platform/cached.ts";

function world(staleMs?: number) {
  const state = { nowMs: 0, reads: 0, down: false };
  const values = cached<string | undefined>(
    60_000,
    async () => {
      state.reads++;
      if (state.down) throw new Error("down");
      return `value ${state.reads}`;
    },
    { now: () => state.nowMs, ...(staleMs !== undefined && { staleMs }) },
  );
  return { state, get: () => values.get("key"), forget: () => values.forget("key") };
}

test("read once, and again when its time is over; side by side they share a read", async () => {
  const { state, get, forget } = world();
  assert.deepEqual(await Promise.all([get(), get()]), ["value 1", "value 1"]);
  state.nowMs = 59_999;
  assert.equal(await get(), "value 1");
  state.nowMs = 60_000;
  assert.equal(await get(), "value 2");
  forget();
  assert.equal(await get(), "value 3");
});

test("a failed read is nobody's value, and is tried again at once", async () => {
  const { state, get } = world();
  state.down = true;
  await assert.rejects(get(), /down/);
  state.down = false;
  assert.equal(await get(), "value 2");
  state.nowMs = 60_000;
  state.down = true;
  await assert.rejects(get(), /down/, "the old one is over");
});

test("while its source is down the last value goes on, asked for every five seconds, for so long", async () => {
  const { state, get } = world(600_000);
  await get();
  state.down = true;
  state.nowMs = 60_000;
  assert.deepEqual(await Promise.all([get(), get()]), ["value 1", "value 1"]);
  assert.equal(state.reads, 2);
  state.nowMs = 64_999;
  await get();
  assert.equal(state.reads, 2);
  state.nowMs = 65_000;
  assert.equal(await get(), "value 1");
  assert.equal(state.reads, 3);
  state.nowMs = 659_999;
  assert.equal(await get(), "value 1");
  state.nowMs = 670_000;
  await assert.rejects(get(), /down/, "too old by then");
  state.down = false;
  assert.match((await get()) ?? "", /^value/);
});
