import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import type { Span, Trace } from "../../local/control/traces.ts";
import {
  browserOf,
  ended,
  iphone,
  makeApp,
  person,
  pixel,
  startWorld,
  type TestApp,
  until,
  type World,
} from "./harness.ts";

let world: World;
let app: TestApp;
before(async () => {
  world = await startWorld();
  app = await makeApp(world, "traced");
  await person(app, "ann", { phone: iphone("ann"), pixel: pixel("ann"), firefox: browserOf(world, app) });
});
after(() => world.close());

const CALLER = "b7ad6b7169203331";

/** Posts a notification in a trace of its own. */
async function post(flags: "00" | "01", request: object) {
  const trace = randomBytes(16).toString("hex");
  const headers = { traceparent: `00-${trace}-${CALLER}-${flags}` };
  const { status, body } = await app.api.call(
    "POST",
    "/v1/notifications",
    { content: { title: "Where" }, ...request },
    headers,
  );
  return { trace, status, body };
}

const page = (trace: string, query = "") => fetch(`${world.runtime.apiUrl}/_local/traces/${trace}${query}`);

/** The spans of a trace, as soon as there are so many. */
async function spansOf(trace: string, count: number): Promise<readonly Span[]> {
  let spans: readonly Span[] = [];
  await until(`${count} spans`, async () => {
    const answer = await page(trace, "?format=json");
    spans = answer.ok ? ((await answer.json()) as Trace).spans : [];
    return spans.length >= count;
  });
  return spans;
}

const below = (spans: readonly Span[], parent: string): Span[] =>
  spans.filter((span) => span.parent === parent);
const only = (spans: readonly Span[], name: string): Span => {
  const found = spans.filter(({ span }) => span === name);
  assert.equal(found.length, 1, `${found.length} spans ${name}`);
  return found[0]!;
};
const counts = ({ targets, accepted }: Span) => [targets, accepted];

test("one notification over four channels is one tree from the caller's span to each provider's request", async () => {
  const { trace, body } = await post("01", {
    to: { users: ["ann"] },
    channels: ["inApp", "mobilePush", "webPush"],
  });
  await ended(app, body["id"]);
  const spans = await spansOf(trace, 10);
  assert.equal(spans.length, 10);
  for (const span of spans) assert.deepEqual([span.app, span.notification], [app.id, body["id"]]);
  const accept = only(below(spans, CALLER), "accept");
  assert.deepEqual([accept.recipients, ...counts(accept)], [1, 4, 4]);
  const plan = only(below(spans, accept.id), "plan");
  assert.deepEqual(counts(plan), [4, 4]);
  const dispatches = below(spans, plan.id);
  const providers = dispatches.map(({ span, provider }) => `${span} ${provider}`).sort();
  assert.deepEqual(providers, ["dispatch apns", "dispatch fcm", "dispatch webpush", "dispatch websocket"]);
  for (const dispatch of dispatches) {
    const send = only(below(spans, dispatch.id), "send");
    assert.equal(send.provider, dispatch.provider);
    assert.deepEqual([...counts(dispatch), ...counts(send)], [1, 1, 1, 1]);
    assert.ok(send.startMs >= dispatch.startMs && send.durationMs <= dispatch.durationMs);
  }
  for (const name of ["apns", "fcm", "webpush"] as const) {
    const send = only(
      spans.filter(({ provider }) => provider === name),
      "send",
    );
    const { headers } = world.fakes[name].received.at(-1)!;
    assert.equal(headers["traceparent"], `00-${trace}-${send.id}-01`, name);
  }
  const text = await (await page(trace)).text();
  assert.match(
    text,
    new RegExp(`^trace ${trace}   ${app.id}/${body["id"]}\naccept .*4 of 4 targets\n {2}plan`),
  );
  assert.match(text, /\n {4}dispatch apns .* 1 of 1 targets\n {6}send apns .* 1 of 1 targets\n/);
});

test("a longer list is planned by its own function, below its acceptance", async () => {
  const users = ["ann", ...Array.from({ length: 29 }, (_, number) => `nobody${number}`)];
  const { trace, body } = await post("01", { to: { users }, channels: ["webPush"] });
  await ended(app, body["id"]);
  const spans = await spansOf(trace, 4);
  const accept = only(below(spans, CALLER), "accept");
  assert.deepEqual([accept.recipients, ...counts(accept)], [30, undefined, undefined]);
  const plan = only(below(spans, accept.id), "plan");
  const dispatch = only(below(spans, plan.id), "dispatch");
  const send = only(below(spans, dispatch.id), "send");
  assert.deepEqual([plan, dispatch, send].map(counts), [
    [1, 1],
    [1, 1],
    [1, 1],
  ]);
});

test("a refused request is a span with the reason's code", async () => {
  const { trace, status } = await post("01", { to: { users: ["ann"] }, category: "no-such" });
  assert.equal(status, 400);
  const [span, ...others] = await spansOf(trace, 1);
  assert.deepEqual([span!.span, span!.error, others.length], ["accept", "unknown_category", 0]);
});

test("an unsampled request is carried on and tells no span", async () => {
  const { trace, body } = await post("00", { to: { users: ["ann"] }, channels: ["mobilePush"] });
  await ended(app, body["id"]);
  await world.runtime.clock.settled();
  const { headers } = world.fakes.apns.received.at(-1)!;
  assert.match(headers["traceparent"]!, new RegExp(`^00-${trace}-[0-9a-f]{16}-00$`));
  assert.ok(!headers["traceparent"]!.includes(CALLER), "the provider got the caller's span");
  assert.ok(
    world.logs.some((line) => line.includes("job closed") && line.includes(trace)),
    "nothing was logged of this trace at all",
  );
  assert.deepEqual(
    world.logs.filter((line) => line.startsWith('{"span"') && line.includes(trace)),
    [],
  );
  assert.equal((await page(trace)).status, 400);
});
