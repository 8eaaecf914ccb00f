import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createClock } from "../../../../local/clock/virtual-clock.ts";

test("advance runs the timers on its way in order, each at its own time", async () => {
  const clock = createClock();
  const startMs = clock.now();
  const seen: [string, number][] = [];
  const note = (name: string) => () => void seen.push([name, Math.round((clock.now() - startMs) / 1000)]);
  clock.setTimer(startMs + 60_000, note("second"));
  clock.setTimer(startMs + 30_000, () => {
    note("first")();
    clock.setTimer(clock.now() + 5_000, note("born on the way"));
  });
  clock.setTimer(startMs + 600_000, note("too far"));
  clock.setTimer(startMs + 50_000, note("cancelled"))();
  await clock.advance(120_000);
  assert.deepEqual(seen, [
    ["first", 30],
    ["born on the way", 35],
    ["second", 60],
  ]);
  assert.ok(clock.offsetMs >= 119_000 && clock.offsetMs <= 120_000);
  clock.close();
});

test("a due timer fires as real time passes, and the offset given is kept", async () => {
  const clock = createClock({ offsetMs: 86_400_000 });
  assert.ok(clock.now() - Date.now() >= 86_399_000);
  await new Promise<void>((resolve) => clock.setTimer(clock.now() + 10, resolve));
  clock.close();
});

test("advance waits until the quiet checks hold before it goes on", async () => {
  const clock = createClock();
  let busy = false;
  let doneAtOffsetMs = 0;
  clock.addQuietCheck(() => !busy, "the worker");
  clock.setTimer(clock.now() + 1_000, () => {
    busy = true;
    void sleep(20).then(() => {
      doneAtOffsetMs = clock.offsetMs;
      busy = false;
    });
  });
  await clock.advance(10_000);
  assert.ok(doneAtOffsetMs <= 1_000, `the clock went on to ${doneAtOffsetMs} while the worker was busy`);
  clock.close();
});

test("a system that never comes to rest is an error that names the check", async () => {
  const clock = createClock({ settleTimeoutMs: 20 });
  clock.addQuietCheck(() => false, "queue pollers");
  await assert.rejects(clock.advance(1_000), /queue pollers/);
  clock.close();
});

test("a lazy timer runs once at the next stop instead of making stops", async () => {
  const clock = createClock();
  let sweeps = 0;
  const arm = () =>
    clock.setTimer(
      clock.now() + 60_000,
      () => {
        sweeps += 1;
        arm();
      },
      { lazy: true },
    );
  arm();
  await clock.advance(30 * 86_400_000);
  assert.equal(sweeps, 1);
  clock.close();
});

test("shifts are announced, and a failing timer fails the advance", async () => {
  const clock = createClock();
  const offsets: number[] = [];
  const stop = clock.onShift((offsetMs) => void offsets.push(offsetMs));
  clock.setTimer(clock.now() + 500, () => {
    throw new Error("sweep failed");
  });
  await assert.rejects(clock.advance(1_000), /sweep failed/);
  stop();
  await clock.advance(1_000);
  assert.equal(offsets.length, 2);
  clock.close();
});
