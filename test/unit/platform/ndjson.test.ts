import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import type { HttpRequest } from "../../../functions/platform/http.ts";
import { eachLine } from "../../../functions/platform/ndjson.ts";
import { toldLines } from "./told-lines.ts";

const request = (...lines: object[]) =>
  ({
    operation: { id: "POST /v1/things:bulk", body: z.strictObject({ name: z.string() }) },
    rawBody: lines.map((line) => JSON.stringify(line)).join("\n"),
    requestId: "r",
  }) as unknown as HttpRequest;

test("what fails behind the last line is told in the log: every line has been answered for by then", async (t) => {
  const told = toldLines(t);
  const answer = await eachLine<{ name: string }>(request({ name: "a" }, { name: "b" }), {
    names: ({ name }) => [name],
    count: async () => undefined,
    begin: async () => ({
      one: async () => 201,
      end: async () => Promise.reject(new Error("throttled")),
    }),
  });
  assert.deepEqual(answer.totals, { done: 2, refused: 0 });
  const line = JSON.parse(told[0] ?? "{}");
  assert.deepEqual([line.level, line.operation, line.detail], ["error", "POST /v1/things:bulk", "throttled"]);
});
