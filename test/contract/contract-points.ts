import assert from "node:assert/strict";
import type { Outcome } from "../../functions/core/dispatch/outcome.ts";
import type { Target } from "../../functions/core/dispatch/provider.ts";
import type { Received } from "../../local/fakes/received.ts";
import type {
  Bench,
  ContractSubject,
  PointData,
  PointName,
  Row,
  SendAll,
  Told,
  Unreadable,
} from "./contract-subject.ts";

/** Targets under way at once, in requests of `GROUP` where one takes several. */
const WINDOW = 60;
const GROUP = 3;
/** So many requests of a window are begun when its access expires. */
const MIDWAY = 8;

type Trial<P extends PointName> = { bench: Bench; data: PointData[P]; subject: ContractSubject };
type Point<P extends PointName> = { says: string; run(trial: Trial<P>): Promise<void> };

const groupOf = ({ most }: ContractSubject): number => Math.min(GROUP, most);
const kindsOf = (outcomes: readonly Outcome[]) => [...new Set(outcomes.map(({ kind }) => kind))];
const wasTaken = ({ status, reason }: Received): boolean => status < 300 && reason === undefined;
const takenOf = (bench: Bench, to: Target): number => bench.received(to).filter(wasTaken).length;

function assertLike(outcome: Outcome | undefined, expected: Partial<Outcome>, of: unknown): void {
  for (const [key, value] of Object.entries(expected))
    assert.equal(
      outcome?.[key as keyof Outcome],
      value,
      `${key} of ${JSON.stringify(of)}: ${JSON.stringify(outcome)}`,
    );
}

/** Side by side, in requests of so many targets each. */
async function sideBySide(
  send: SendAll,
  targets: readonly Target[],
  group: number,
): Promise<readonly Outcome[]> {
  const groups = Array.from({ length: Math.ceil(targets.length / group) }, (_, index) =>
    targets.slice(index * group, (index + 1) * group),
  );
  return (await Promise.all(groups.map((some) => send(some, 20_000)))).flat();
}

async function assertWorks({ bench, subject }: Pick<Trial<PointName>, "bench" | "subject">): Promise<void> {
  const send = await bench.make("one").prepare();
  assert.deepEqual(kindsOf(await send(bench.targets(groupOf(subject)))), ["accepted"], "the next one goes");
}

async function accepted({ bench, subject }: Trial<"accepted">): Promise<void> {
  const send = await bench.make("one").prepare();
  const targets = bench.targets(WINDOW);
  const outcomes = await sideBySide(send, targets, groupOf(subject));
  assert.equal(outcomes.length, WINDOW);
  assert.deepEqual(kindsOf(outcomes), ["accepted"], JSON.stringify(outcomes[0]));
  for (const to of targets) assert.equal(bench.received(to).length, 1);
}

/** The ledger owns the retries. Who takes many and has refused them all may be asked again for fewer. */
function assertAskedOnce(
  { bench, subject }: Pick<Trial<PointName>, "bench" | "subject">,
  to: Target,
  told: Told,
): void {
  const what = `asked once: ${JSON.stringify(told)}`;
  if (subject.most > 1) assert.ok(takenOf(bench, to) <= 1, what);
  // What is told without a status ends a target's connection before it is asked.
  else if (told.status !== undefined) assert.equal(bench.received(to).length, 1, what);
}

async function tellEach({ bench, subject }: Trial<PointName>, rows: readonly Row[]): Promise<void> {
  const send = await bench.make("one").prepare();
  for (const [told, expected, of] of rows) {
    const targets = bench.targets(groupOf(subject), { of });
    bench.fault(told);
    const outcomes = await send(targets);
    assert.equal(outcomes.length, targets.length);
    for (const outcome of outcomes) assertLike(outcome, expected, [told, of]);
    for (const to of targets) assertAskedOnce({ bench, subject }, to, told);
    await bench.calm();
  }
}

/** Whatever becomes of the others, each target has its own outcome, and what is said of it quotes no token. */
async function assertPart({ bench }: Trial<PointName>, send: SendAll, rows: readonly Row[]): Promise<void> {
  const at = new Map(rows.map((row, index) => [2 * index + 1, row]));
  const targets = Array.from(
    { length: 2 * rows.length + 3 },
    (_, index) => bench.targets(1, { of: at.get(index)?.[2] })[0]!,
  );
  for (const [index, [told]] of at) bench.fault(told, targets[index]);
  const outcomes = await send(targets, 20_000);
  assert.equal(outcomes.length, targets.length);
  for (const [index, outcome] of outcomes.entries()) {
    const [told, expected] = at.get(index) ?? [{}, { kind: "accepted" }];
    assertLike(outcome, expected, [told, index]);
    assert.ok(!JSON.stringify(outcome).includes(targets[index]!.token), "a reason quotes no token");
    if (!at.has(index)) assert.equal(takenOf(bench, targets[index]!), 1, "each once");
  }
  await bench.calm();
}

async function partialBatch(trial: Trial<"partialBatch">): Promise<void> {
  const { bench, data: rows } = trial;
  assert.ok(rows.length > 0);
  const send = await bench.make("one").prepare();
  for (const row of rows) await assertPart(trial, send, [row, row]);
  await assertPart(trial, send, rows);
}

async function authExpiry({ bench, data, subject }: Trial<"authExpiry">): Promise<void> {
  assert.ok(bench.expiring, "a bench whose access expires");
  const { sender, targets: next, expire, asked } = await bench.expiring();
  const send = await sender.prepare();
  const targets = next(WINDOW);
  const requests = WINDOW / groupOf(subject);
  const before = asked();
  let begun = 0;
  const stop = bench.onRequest(() => {
    if (++begun === MIDWAY) expire();
  });
  bench.latency(10);
  const outcomes = await sideBySide(send, targets, groupOf(subject));
  stop();
  const left = targets.filter((_, index) => outcomes[index]?.kind !== "accepted");
  if (data.left === undefined) assert.deepEqual(kindsOf(outcomes), ["accepted"]);
  else for (const to of left) assertLike(outcomes[targets.indexOf(to)], data.left, "expired");
  assert.ok(begun > requests || left.length > 0, `nothing was refused in ${begun} requests`);
  await bench.calm();
  // What the queue does, once the provider has new access.
  if (left.length > 0) assert.deepEqual(kindsOf(await send(left)), ["accepted"]);
  for (const to of targets) assert.equal(takenOf(bench, to), 1, "each once");
  assert.ok(asked() - before <= 1, `${asked() - before} new tokens`);
}

async function throttling(trial: Trial<"throttling">): Promise<void> {
  const { rows, noRetryAfter } = trial.data;
  const hasTold = rows.map(([{ retryAfterS }]) => retryAfterS !== undefined);
  assert.ok(hasTold.includes(false), "a throttle without Retry-After");
  assert.equal(hasTold.includes(true), noRetryAfter === undefined, "a throttle with Retry-After");
  for (const [told, expected] of rows) {
    assert.equal(expected.kind, "throttled");
    assert.ok(expected.retryAfterMs, `the delay of ${JSON.stringify(told)}`);
  }
  await tellEach(trial, rows);
}

async function timeouts({ bench, subject }: Trial<"timeouts">): Promise<void> {
  const send = await bench.make("one").prepare();
  const group = groupOf(subject);
  for (const kind of ["slow", "silent"] as const) {
    // On a kept connection, so that the request has left long before.
    await send(bench.targets(group));
    const targets = bench.targets(group);
    bench.fault({ kind, delayMs: 3_000 });
    const startMs = performance.now();
    for (const outcome of await send(targets, 300))
      assert.deepEqual(outcome, { kind: "unknown", reason: "deadline_exceeded" }, kind);
    assert.ok(performance.now() - startMs < 1_500, kind);
    await bench.calm();
    for (const to of targets) assert.ok(bench.received(to).length <= 1, "never sent twice");
  }
  bench.fault({ kind: "slow", delayMs: 100 });
  assert.deepEqual(kindsOf(await send(bench.targets(group))), ["accepted"], "slow, and in time");
  await bench.calm();
  // A connection is at hand: that alone keeps nothing back.
  await send(bench.targets(group));
  const late = bench.targets(group);
  for (const outcome of await send(late, -1))
    assert.deepEqual(outcome, { kind: "retry", reason: "deadline_exceeded" }, "nothing has left");
  await assertWorks({ bench, subject });
  for (const to of late) assert.deepEqual(bench.received(to), [], "after the deadline nothing is sent");
}

async function noConnection({ bench, subject }: Trial<"noConnection">): Promise<void> {
  const send = await bench.make("one").prepare();
  const targets = bench.targets(GROUP * groupOf(subject));
  await bench.refuse();
  const outcomes = await sideBySide(send, targets, groupOf(subject));
  assert.deepEqual(kindsOf(outcomes), ["retry"], JSON.stringify(outcomes[0]));
  for (const to of targets) assert.deepEqual(bench.received(to), []);
  await bench.calm();
  assert.deepEqual(kindsOf(await sideBySide(send, targets, groupOf(subject))), ["accepted"], "found again");
}

async function lostAnswer({ bench, subject }: Trial<"lostAnswer">): Promise<void> {
  const send = await bench.make("one").prepare();
  const group = groupOf(subject);
  await send(bench.targets(group));
  for (const kind of ["drop", "loseAnswer"] as const) {
    const targets = bench.targets(group);
    // Once: a second try would be taken, and seen.
    bench.fault({ kind, times: 1 });
    assert.deepEqual(kindsOf(await send(targets)), ["unknown"], kind);
    await bench.calm();
    assert.deepEqual(kindsOf(await send(bench.targets(group))), ["accepted"], "the next one goes through");
    for (const to of targets) assert.equal(bench.received(to).length, kind === "drop" ? 0 : 1, kind);
  }
}

const BODIES = ["garbage", "huge", "endless"] as const;
type BadAnswer = { kinds: Unreadable; body: (typeof BODIES)[number]; says: "yes" | "no" };

/** A status that has come counts, however long its body goes on: time enough for it, also where all come at once. */
const ENDLESS_MS = { alone: 2_000, together: 4_000 };

async function badAnswer({ bench, subject }: Trial<"badAnswers">, send: SendAll, answer: BadAnswer) {
  const { kinds, body, says } = answer;
  const targets = bench.targets(groupOf(subject), { of: kinds.of });
  const told = { kind: body, ...(says === "no" && { status: 503 }) };
  bench.fault(told, subject.most === 1 ? targets[0] : undefined);
  const startMs = performance.now();
  const endlessMs = subject.most === 1 ? ENDLESS_MS.together : ENDLESS_MS.alone;
  const outcomes = await send(targets, body === "endless" ? endlessMs : 10_000);
  const what = `${body}, its status says ${says} ${kinds.of ?? ""}: ${JSON.stringify(outcomes[0])}`;
  const { [says]: expected } = (body === "endless" && kinds.endless) || kinds;
  assert.deepEqual(kindsOf(outcomes), [expected], what);
  if (body === "endless") assert.ok(performance.now() - startMs < 3 * endlessMs, what);
}

async function badAnswers(trial: Trial<"badAnswers">): Promise<void> {
  const { bench, data, subject } = trial;
  const send = await bench.make("one").prepare();
  const answers = data.flatMap((kinds) =>
    BODIES.flatMap((body) => (["no", "yes"] as const).map((says): BadAnswer => ({ kinds, body, says }))),
  );
  // Side by side where each target has an answer of its own.
  if (subject.most === 1) await Promise.all(answers.map((answer) => badAnswer(trial, send, answer)));
  else
    for (const answer of answers) {
      await badAnswer(trial, send, answer);
      await bench.calm();
    }
  await bench.calm();
  await assertWorks(trial);
}

async function payloadLimit({ bench, data }: Trial<"payloadLimit">): Promise<void> {
  const sender = bench.make("one");
  await (await sender.prepare())(bench.targets(1));
  const targets = bench.targets(1, { of: data.of });
  let requests = 0;
  const stop = bench.onRequest(() => {
    requests++;
  });
  const outcomes = await (await sender.prepare(data.over))(targets);
  stop();
  assert.deepEqual(outcomes, [{ kind: "rejected", reason: "payload_too_large" }]);
  assert.equal(requests, 0);
  assert.deepEqual(bench.received(targets[0]!), []);
}

async function apart({ bench }: Trial<"apart">): Promise<void> {
  const seen = [];
  // The first one again, so that it is not merely the order.
  for (const app of ["one", "two", "one"]) {
    const [to] = bench.targets(1, { app });
    assert.deepEqual(kindsOf(await (await bench.make(app).prepare())([to!])), ["accepted"], app);
    seen.push(bench.credential(bench.received(to!).at(-1)!));
  }
  const [one, two, again] = seen;
  assert.ok(one !== undefined && two !== undefined, "the other end saw whose they are");
  assert.notEqual(one, two);
  assert.notEqual(again, two);
}

/** The contract's points, in the order in which they are tried. */
export const POINTS: { [P in PointName]: Point<P> } = {
  accepted: { says: "what is accepted is at the other end, each target once", run: accepted },
  outcomes: {
    says: "each word of the other end becomes its outcome",
    run: (trial) => tellEach(trial, trial.data),
  },
  partialBatch: { says: "where some targets fail, each has its own outcome", run: partialBatch },
  authExpiry: { says: "access that expires in mid-batch costs nothing and doubles nothing", run: authExpiry },
  throttling: { says: "a throttle is kept to for as long as it says", run: throttling },
  timeouts: { says: "a slow answer and none end at the deadline, in doubt", run: timeouts },
  noConnection: { says: "who takes no connection is tried later, and found again", run: noConnection },
  lostAnswer: { says: "what left without an answer is in doubt, and never sent twice", run: lostAnswer },
  badAnswers: { says: "garbage, ten megabytes and endless answers are cut", run: badAnswers },
  payloadLimit: { says: "a payload over the limit is refused without a request", run: payloadLimit },
  apart: { says: "two apps share neither credentials nor tokens", run: apart },
};
