import assert from "node:assert/strict";
import { test } from "node:test";
import { traceTree } from "../../../../local/control/trace-tree.ts";
import { createTraces, type Span } from "../../../../local/control/traces.ts";

const line = (change: Partial<Span>): string =>
  JSON.stringify({
    span: "send",
    trace: "t1",
    id: "s1",
    parent: "p",
    startMs: 1_000,
    durationMs: 2,
    app: "shop",
    notification: "n1",
    ...change,
  });

test("the tree: children below their parents by start, spans of the caller at the root", () => {
  const traces = createTraces();
  const told: Partial<Span>[] = [
    { span: "send", id: "e", parent: "c", provider: "apns", startMs: 1_031, targets: 2, accepted: 1 },
    { span: "dispatch", id: "d", parent: "b", provider: "fcm", startMs: 1_040, targets: 1, error: "Busy" },
    { span: "dispatch", id: "c", parent: "b", provider: "apns", startMs: 1_030, targets: 2, accepted: 1 },
    { span: "plan", id: "b", parent: "a", startMs: 1_010, durationMs: 12.34, targets: 3, accepted: 3 },
    { span: "accept", id: "a", parent: "caller", recipients: 1 },
  ];
  for (const one of told) traces.addLine(line(one));
  assert.equal(
    traceTree(traces.get("t1")),
    [
      "trace t1   shop/n1",
      "accept                         +0 ms      2.0 ms   1 person",
      "  plan                        +10 ms     12.3 ms   3 of 3 targets",
      "    dispatch apns             +30 ms      2.0 ms   1 of 2 targets",
      "      send apns               +31 ms      2.0 ms   1 of 2 targets",
      "    dispatch fcm              +40 ms      2.0 ms   0 of 1 targets, failed: Busy",
      "",
    ].join("\n"),
  );
});

test("other lines are no spans; an unknown trace is told so", () => {
  const traces = createTraces();
  for (const text of ["{", "hello", '{"level":"info","span":"x"}', '{"span":']) traces.addLine(text);
  assert.throws(() => traces.get("t1"), /no span of trace t1 was told/);
});

test("the oldest traces are forgotten", () => {
  const traces = createTraces();
  for (let number = 0; number < 201; number++) traces.addLine(line({ trace: `t${number}` }));
  assert.throws(() => traces.get("t0"), /t0/);
  for (const trace of ["t1", "t200"]) assert.equal(traces.get(trace).spans.length, 1);
});

test("a trace keeps a thousand spans and says how many it did not", () => {
  const traces = createTraces();
  for (let number = 0; number < 1_002; number++) traces.addLine(line({ id: `s${number}` }));
  const trace = traces.get("t1");
  assert.equal(trace.spans.length, 1_000);
  assert.match(traceTree(trace), /and 2 spans that were not kept/);
});
