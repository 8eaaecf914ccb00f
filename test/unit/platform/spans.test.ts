import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { SendEach } from "../../../functions/core/dispatch/provider.ts";
import { AppError } from "../../../functions/core/errors/app-error.ts";
import { sendSpan } from "../../../functions/platform/send-span.ts";
import { type SpanFacts, span } from "../../../functions/platform/spans.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SAMPLED = `00-${TRACE}-b7ad6b7169203331-01`;
const UNSAMPLED = `00-${TRACE}-b7ad6b7169203331-00`;

/** The span lines of a test; the runner's own output goes through. */
function told(t: TestContext): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const write = process.stdout.write.bind(process.stdout) as (chunk: unknown) => boolean;
  t.mock.method(process.stdout, "write", (chunk: unknown) => {
    if (typeof chunk !== "string" || !chunk.startsWith('{"span"')) return write(chunk);
    assert.ok(chunk.endsWith("\n"));
    lines.push(JSON.parse(chunk) as Record<string, unknown>);
    return true;
  });
  return lines;
}

test("a span is told once, when its work is done, with what the work found out", async (t) => {
  const lines = told(t);
  const facts: SpanFacts = { app: "shop" };
  const beforeMs = Date.now();
  const own = await span({ name: "accept", parent: SAMPLED, facts }, async (mine) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(lines.length, 0);
    Object.assign(facts, { notification: "n1", targets: 4, accepted: 3 });
    return mine;
  });
  assert.match(own!, new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
  const { startMs, durationMs, ...rest } = lines[0]!;
  assert.deepEqual(rest, {
    span: "accept",
    trace: TRACE,
    id: own!.slice(36, 52),
    parent: "b7ad6b7169203331",
    app: "shop",
    notification: "n1",
    targets: 4,
    accepted: 3,
  });
  assert.ok((startMs as number) >= beforeMs && (startMs as number) <= Date.now());
  assert.ok((durationMs as number) >= 19, `took ${durationMs} ms`);
  assert.equal(lines.length, 1);
});

test("every span has an id of its own", async () => {
  const start = { name: "plan", parent: UNSAMPLED, facts: { app: "shop" } } as const;
  const ids = await Promise.all(Array.from({ length: 100 }, () => span(start, async (own) => own)));
  assert.equal(new Set([...ids, UNSAMPLED]).size, 101);
});

const ERRORS: [what: string, error: unknown, name: string][] = [
  ["a caller's fault is told by its code", new AppError("overloaded", "load is high"), "overloaded"],
  ["another error by its name", new TypeError("token abc is bad"), "TypeError"],
  ["what is no error by its type", "token abc", "string"],
];

for (const [what, error, name] of ERRORS) {
  test(`${what}, never by its message, and goes on`, async (t) => {
    const lines = told(t);
    const start = { name: "accept", parent: SAMPLED, facts: { app: "shop" } } as const;
    await assert.rejects(
      span(start, () => Promise.reject(error)),
      (thrown) => thrown === error,
    );
    assert.equal(lines[0]!["error"], name);
    assert.doesNotMatch(JSON.stringify(lines), /abc|load is/);
  });
}

test("unsampled: nothing is told, and what follows still gets a span of its own", async (t) => {
  const lines = told(t);
  const own = await span({ name: "plan", parent: UNSAMPLED, facts: { app: "shop" } }, async (mine) => mine);
  assert.match(own!, new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
  assert.notEqual(own, UNSAMPLED);
  const send = async () => ({ kind: "accepted" }) as const;
  const sending = sendSpan(own, { app: "shop" });
  assert.equal(sending.counted(send), send, "a target must not pay for spans that nobody is told");
  sending.end();
  assert.deepEqual(lines, []);
});

test("without a trace there is none behind it", async (t) => {
  const lines = told(t);
  const start = { name: "dispatch", parent: undefined, facts: { app: "shop" } } as const;
  assert.equal(await span(start, async (own) => own), undefined);
  assert.equal(sendSpan(undefined, { app: "shop" }).traceparent, undefined);
  assert.deepEqual(lines, []);
});

test("a send span counts its requests and ends with the last answer", async (t) => {
  const lines = told(t);
  let nowMs = 1_000;
  t.mock.method(performance, "now", () => nowMs);
  const sending = sendSpan(SAMPLED, { app: "shop", provider: "apns" });
  const kinds = ["accepted", "gone", "accepted"] as const;
  let next = 0;
  const send = sending.counted(async () => {
    const kind = kinds[next++];
    nowMs += 5;
    if (kind === undefined) throw new Error("a bug");
    return { kind };
  }) as SendEach;
  const request = () => send({} as never, { deadlineMs: 0 });
  for (const kind of kinds) assert.equal((await request()).kind, kind);
  await assert.rejects(request(), /a bug/);
  nowMs += 50;
  assert.equal(sending.end(), 2);
  const [{ durationMs, ...line }] = lines as [Record<string, unknown>];
  assert.equal(line["id"], sending.traceparent!.slice(36, 52));
  assert.equal(line["parent"], "b7ad6b7169203331");
  assert.deepEqual([line["span"], line["targets"], line["accepted"]], ["send", 4, 2]);
  assert.equal(durationMs, 20, "the wait after the last answer is not counted");
});

test("where nothing was requested, no send span is told", (t) => {
  const lines = told(t);
  assert.equal(sendSpan(SAMPLED, { app: "shop" }).end(), 0);
  assert.deepEqual(lines, []);
});
