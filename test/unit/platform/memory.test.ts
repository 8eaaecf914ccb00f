import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import type { Context } from "aws-lambda";
import { watchingMemory } from "../../../functions/platform/memory.ts";
import { toldLines } from "./told-lines.ts";

/** A function of so many MB; nothing else of the context is read. */
const environment = (memoryLimitInMB: number) => ({ memoryLimitInMB: String(memoryLimitInMB) }) as Context;
const [SMALL, LARGE] = [environment(16), environment(64 * 1024)];

/** A second and more since whatever was looked at before, and more with each call. */
let atMs = performance.now() + 10_000;
const virtualTime = (t: TestContext) => {
  t.mock.method(performance, "now", () => atMs);
  return (byMs: number) => {
    atMs += byMs;
  };
};

const percents = (lines: string[]) =>
  lines.map((line) => (JSON.parse(line) as { MemoryPercent: number }).MemoryPercent);

test("a full environment is told, without dimensions; one with room is not", async (t) => {
  const pass = virtualTime(t);
  const lines = toldLines(t);
  const handler = watchingMemory(async (event: string) => `${event}!`);
  assert.equal(await handler("done", LARGE), "done!");
  assert.deepEqual(lines, []);
  pass(1_000);
  assert.equal(await handler("done", SMALL), "done!");
  const [percent] = percents(lines);
  const expected = (100 * process.memoryUsage.rss()) / (16 * 1024 * 1024);
  assert.ok(percent! > expected * 0.8 && percent! < expected * 1.2, `${percent} of ${expected}`);
  assert.match(lines[0]!, /"Dimensions":\[\[\]\]/);
});

test("a busy environment looks once a second", async (t) => {
  const pass = virtualTime(t);
  const lines = toldLines(t);
  const handler = watchingMemory(async () => undefined);
  pass(1_000);
  for (let call = 0; call < 100; call++) await handler({}, SMALL);
  assert.equal(lines.length, 1);
  pass(999);
  await handler({}, SMALL);
  assert.equal(lines.length, 1);
  pass(1);
  await handler({}, SMALL);
  assert.equal(lines.length, 2);
});

test("an invocation that fails is looked at as well, and fails with its own error", async (t) => {
  const pass = virtualTime(t);
  const lines = toldLines(t);
  pass(1_000);
  const handler = watchingMemory(async () => Promise.reject(new Error("its own")));
  await assert.rejects(async () => handler({}, SMALL), /its own/);
  assert.equal(lines.length, 1);
});

test("every function watches its memory", () => {
  const entries = globSync("functions/handlers/*/*.ts");
  assert.ok(entries.length >= 13);
  const watching = /\b(watchingMemory|httpHandler|queueHandler)\b.*\(/;
  assert.deepEqual(
    entries.filter((file) => !watching.test(readFileSync(file, "utf8"))),
    [],
  );
});
