import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import type { Outcome } from "../../functions/core/dispatch/outcome.ts";
import type { Message, Provider, SendMany, Target } from "../../functions/core/dispatch/provider.ts";
import type { DeviceTokenKind } from "../../functions/core/token-kinds.ts";
import type { Fault, VendorFakeName } from "../../local/fakes/faults.ts";
import { message, soon, startWorld, target, type World } from "./provider-suite.ts";

export type VendorProvider = Provider<SendMany> & { close(): void };

/** What a vendor that takes many targets in one request brings to the suite. */
export type VendorSubject = {
  name: VendorFakeName;
  kind: DeviceTokenKind;
  /** A provider for an app of its own that the fake trusts; the same app gives another environment of it. */
  make(world: World, app: string): VendorProvider;
  /** A registration token as this vendor's look, another for each n. */
  token(n: number): string;
  /** Targets that one request takes. */
  most: number;
  /** Requests carry an access token that was asked for. */
  hasAccess: boolean;
  /** Codes of whole requests, and what they must become for every target. */
  outcomes: [Pick<Fault, "status" | "reason" | "retryAfterS">, Partial<Outcome>][];
  /** Codes of single tokens of a request, where the vendor tells them apart. */
  perToken: [code: string, expected: Partial<Outcome>][];
  /** A request before the one that sends is where an expired access token is noticed. */
  refusedEarlier?: boolean;
  /** The code by which it refuses an access token. */
  expired?: Pick<Fault, "status" | "reason">;
  /** A message that is over the vendor's limit; absent where texts are cut instead. */
  tooLarge?: Partial<Message>;
};

function assertLike(outcome: Outcome, expected: Partial<Outcome>, of: string): void {
  for (const [key, value] of Object.entries(expected))
    assert.equal(outcome[key as keyof Outcome], value, `${key} of ${of}: ${JSON.stringify(outcome)}`);
}

/** What every vendor must do, against its fake, over a real socket. */
export function vendorSuite(subject: VendorSubject): { world(): World; targets(count: number): Target[] } {
  let world: Awaited<ReturnType<typeof startWorld>>;
  let provider: VendorProvider;
  let made = 0;
  const { name } = subject;
  const fake = () => world.fakes[name];
  const fault = (more: Omit<Fault, "provider">) => world.fakes.faults.set({ provider: name, ...more });
  const targets = (count: number) =>
    Array.from({ length: count }, () => target({ kind: subject.kind, token: subject.token(++made) }));
  const send = async (
    to: readonly Target[],
    { over = {}, ms }: { over?: Partial<Message>; ms?: number } = {},
  ) => (await provider.prepare(message(over))).send(to, soon(ms));
  const kinds = (outcomes: readonly Outcome[]) => [...new Set(outcomes.map(({ kind }) => kind))];
  const receivedFor = (to: readonly Target[]) =>
    to.map(({ token }) => fake().received.filter((entry) => entry.token === token).length);

  before(async () => {
    world = await startWorld();
    provider = world.closeLater(subject.make(world, "one"));
  });
  after(() => world.close());
  afterEach(() => {
    world.fakes.faults.clear();
    fake().latencyMs = 0;
  });

  test(`${name}: as many as one request takes go out in one, each once`, async () => {
    const { most } = await provider.prepare(message());
    assert.equal(most, subject.most);
    const to = targets(most);
    await send(targets(1));
    const before = fake().requests();
    const outcomes = await send(to, { ms: 20_000 });
    assert.deepEqual(kinds(outcomes), ["accepted"], JSON.stringify(outcomes[0]));
    assert.equal(outcomes.length, most);
    assert.equal(fake().requests() - before, 1);
    assert.ok(receivedFor(to).every((count) => count === 1));
  });

  test(`${name}: one target alone`, async () => {
    const [to] = targets(1);
    assert.deepEqual(kinds(await send([to!])), ["accepted"]);
  });

  test(`${name}: each code of a whole request becomes its outcome`, async () => {
    for (const [told, expected] of subject.outcomes) {
      fault(told);
      const outcomes = await send(targets(2));
      for (const outcome of outcomes) assertLike(outcome, expected, JSON.stringify(told));
      world.fakes.faults.clear();
    }
  });

  test(`${name}: of a batch each target has its own outcome`, async () => {
    for (const [code, expected] of subject.perToken) {
      const to = targets(5);
      for (const index of [1, 3]) fault({ token: to[index]!.token, reason: code });
      const outcomes = await send(to);
      for (const [index, outcome] of outcomes.entries()) {
        const wanted = index === 1 || index === 3 ? expected : ({ kind: "accepted" } as const);
        assertLike(outcome, wanted, `${code} at ${index}`);
        assert.ok(!JSON.stringify(outcome).includes(to[index]!.token), "a reason quotes no token");
      }
      world.fakes.faults.clear();
    }
  });

  const [refusal] = subject.perToken;
  if (refusal !== undefined)
    test(`${name}: a full batch of which one alone was taken: the long answer is read whole`, async () => {
      const [code, expected] = refusal;
      const to = targets(subject.most);
      for (const { token } of to.slice(1)) fault({ token, reason: code });
      const outcomes = await send(to, { ms: 20_000 });
      for (const [index, outcome] of outcomes.entries())
        assertLike(outcome, index === 0 ? { kind: "accepted" } : expected, `${code} at ${index}`);
    });

  if (subject.hasAccess) accessTests();

  function accessTests(): void {
    test(`${name}: environments share one access token; another app has its own`, async () => {
      const before = fake().tokensIssued();
      const app = `shared-${before}`;
      const environments = [1, 2, 3].map(() => world.closeLater(subject.make(world, app)));
      for (const environment of environments)
        assert.deepEqual(kinds(await (await environment.prepare(message())).send(targets(1), soon())), [
          "accepted",
        ]);
      assert.equal(fake().tokensIssued() - before, 1);
      const other = world.closeLater(subject.make(world, `${app}-other`));
      await (await other.prepare(message())).send(targets(1), soon());
      assert.equal(fake().tokensIssued() - before, 2);
    });

    test(`${name}: a token that expires early is replaced, and the batch sent again once`, async () => {
      await send(targets(1));
      // No new token is made within seconds of the last.
      world.move(60_000);
      fake().expireTokens();
      const to = targets(3);
      const before = fake().requests();
      assert.deepEqual(kinds(await send(to)), ["accepted"]);
      const requests = subject.refusedEarlier ? 1 : 2;
      assert.equal(fake().requests() - before, requests, "refused, then taken");
      assert.deepEqual(receivedFor(to), [1, 1, 1]);
    });

    test(`${name}: who is refused with a new token as well is misconfigured`, async () => {
      world.move(60_000);
      fault(subject.expired!);
      const before = fake().requests();
      assert.deepEqual(kinds(await send(targets(2))), ["misconfigured"]);
      assert.ok(fake().requests() - before <= 2);
    });
  }

  for (const kind of ["drop", "loseAnswer"] as const) {
    test(`${name}: ${kind}: a request that left without an answer is in doubt for all its targets`, async () => {
      const to = targets(3);
      fault({ kind, times: 1 });
      assert.deepEqual(kinds(await send(to)), ["unknown"]);
      assert.ok(
        receivedFor(to).every((count) => count <= 1),
        "never sent twice",
      );
      world.fakes.faults.clear();
      assert.deepEqual(kinds(await send(targets(1))), ["accepted"]);
    });
  }

  test(`${name}: a slow answer ends at the deadline`, async () => {
    await send(targets(1));
    fault({ kind: "slow", delayMs: 3_000 });
    const startMs = performance.now();
    assert.deepEqual(kinds(await send(targets(2), { ms: 300 })), ["unknown"]);
    assert.ok(performance.now() - startMs < 1_500);
  });

  test(`${name}: a vendor that refuses connections is a retry, and is found again`, async () => {
    const fresh = world.closeLater(subject.make(world, "one"));
    fault({ kind: "refuse" });
    const ask = async () => (await fresh.prepare(message())).send(targets(2), soon());
    assert.deepEqual(kinds(await ask()), ["retry"]);
    world.fakes.faults.clear();
    assert.deepEqual(kinds(await ask()), ["accepted"]);
  });

  test(`${name}: garbage, ten megabytes and endless bodies are cut; what says nothing is in doubt`, async () => {
    for (const kind of ["garbage", "huge", "endless"] as const) {
      fault({ kind, status: 503 });
      assert.deepEqual(kinds(await send(targets(2), { ms: 1_000 })).length, 1);
      assert.match(kinds(await send(targets(2), { ms: 1_000 }))[0]!, /^(retry|throttled)$/, kind);
      world.fakes.faults.clear();
    }
    fault({ kind: "garbage" });
    assert.deepEqual(kinds(await send(targets(2))), ["unknown"]);
    world.fakes.faults.clear();
    assert.deepEqual(kinds(await send(targets(1))), ["accepted"]);
  });

  const { tooLarge } = subject;
  if (tooLarge !== undefined)
    test(`${name}: a payload over the limit is refused without a request`, async () => {
      const before = fake().requests();
      assert.deepEqual(await send(targets(1), { over: tooLarge }), [
        { kind: "rejected", reason: "payload_too_large" },
      ]);
      assert.equal(fake().requests(), before);
    });

  return { world: () => world, targets };
}
