import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../functions/core/dispatch/outcome.ts";
import type { Target } from "../../functions/core/dispatch/provider.ts";
import type { FakeName, Fault } from "../../local/fakes/faults.ts";
import {
  type ContractSubject,
  type Expiring,
  othersOf,
  type Row,
  senderOf,
  throttledOf,
  withEveryWord,
} from "./contract-subject.ts";
import { contractSuite } from "./contract-suite.ts";
import { fakesBench } from "./fakes-bench.ts";
import { type Closable, message, soon, startWorld, type World } from "./provider-world.ts";

export { message, soon, startWorld, target, type World } from "./provider-world.ts";

type Http2Name = Extract<FakeName, "apns" | "fcm" | "webpush">;

/** What a provider that speaks HTTP/2 brings. */
export type Http2Options = {
  name: Http2Name;
  /** A provider for an app of its own that the fake trusts; the same app gives another environment of it. */
  make(world: World, app: string): Closable;
  /** A target that the fake knows; each call makes another. */
  target(world: World, app: string): Target;
  /** Each status and reason of the provider's, and what it must become. */
  outcomes: Row[];
  /** The provider's own table, and those of its words that no answer to a message has. */
  table?: { verdicts: Readonly<Record<string, Partial<Outcome>>>; status: number; save: readonly string[] };
  expiring(world: World): Promise<Omit<Expiring, "sender"> & { provider: Closable }>;
};

/** A subject of the contract suite, and what the points of HTTP/2 need beside. */
export type Http2Subject = ContractSubject & { http2: Http2Options; world(): World };

export function http2Subject(http2: Http2Options): Http2Subject {
  const { name, table } = http2;
  const rows = http2.outcomes.map(([told, expected]): Row => [told, { status: told.status!, ...expected }]);
  const words = Object.entries(table?.verdicts ?? {}).map(([reason, expected]): Row => {
    const { status } = table!;
    return [
      { status, reason },
      { status, reason, ...expected },
    ];
  });
  const every = withEveryWord(rows, words, table?.save);
  let world: Awaited<ReturnType<typeof startWorld>>;
  return {
    name,
    http2,
    world: () => world,
    most: 1,
    points: {
      accepted: true,
      outcomes: othersOf(every),
      partialBatch: rows,
      authExpiry: {},
      throttling: { rows: throttledOf(every) },
      timeouts: true,
      noConnection: true,
      lostAnswer: true,
      badAnswers: [{ no: "retry", yes: "accepted" }],
      payloadLimit: { over: { content: { title: "x", body: "é".repeat(2_500) } } },
      apart: true,
    },
    async open() {
      world = await startWorld();
      return fakesBench(world, {
        name,
        make: (app) => http2.make(world, app),
        target: (app) => http2.target(world, app),
        credential: ({ headers }) => headers["authorization"],
        async expiring() {
          const { provider, ...rest } = await http2.expiring(world);
          return { ...rest, sender: senderOf(world.closeLater(provider)) };
        },
      });
    },
  };
}

/** The contract, and what HTTP/2 adds to it: sessions that end, streams that are refused or reset. */
export function providerSuite(subject: Http2Subject): { world(): World } {
  const { http2, world } = subject;
  const { name } = http2;
  contractSuite(subject);
  let made: Closable | undefined;
  const provider = () => (made ??= world().closeLater(http2.make(world(), "one")));
  const fault = (more: Omit<Fault, "provider">) => world().fakes.faults.set({ provider: name, ...more });
  const received = () => world().fakes[name].received;
  const receivedFor = (token: string) => received().filter((entry) => entry.token === token);
  const sendOne = async (to: Target) => (await provider().prepare(message()))(to, soon());
  const newTarget = () => http2.target(world(), "one");

  test(`${name}: an accepted message is in the provider's log, with its trace`, async () => {
    const to = newTarget();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const send = await provider().prepare(message({ traceparent }));
    const outcome = await send(to, soon());
    assert.equal(outcome.kind, "accepted");
    const [entry] = receivedFor(to.token);
    assert.ok(entry && entry.status < 300);
    assert.equal(entry.headers["traceparent"], traceparent);
  });

  test(`${name}: a GOAWAY in mid-flight costs nothing and doubles nothing`, async () => {
    world().fakes[name].latencyMs = 20;
    const targets = Array.from({ length: 60 }, newTarget);
    const before = received().length;
    fault({ kind: "goaway", token: targets.at(-1)!.token, times: 1 });
    const outcomes = await Promise.all(targets.map((to) => sendOne(to)));
    assert.deepEqual(
      outcomes.filter(({ kind }) => kind !== "accepted"),
      [],
    );
    assert.equal(received().length - before, targets.length);
  });

  test(`${name}: a refused stream is sent again once, then left to the queue`, async () => {
    const to = newTarget();
    fault({ kind: "goaway", token: to.token });
    assert.equal((await sendOne(to)).kind, "retry");
    assert.deepEqual(receivedFor(to.token), []);
  });

  test(`${name}: reset: a request that left without an answer is in doubt`, async () => {
    const to = newTarget();
    fault({ kind: "reset", token: to.token });
    assert.equal((await sendOne(to)).kind, "unknown");
    assert.equal(receivedFor(to.token).length, 0, "never sent twice");
    world().fakes.faults.clear();
    assert.equal((await sendOne(newTarget())).kind, "accepted", "the next one goes through");
  });

  test(`${name}: 500 at once, one request each`, async () => {
    world().fakes[name].latencyMs = 10;
    const before = received().length;
    const send = await provider().prepare(message());
    const targets = Array.from({ length: 500 }, newTarget);
    const outcomes = await Promise.all(targets.map((to) => send(to, soon(10_000))));
    assert.deepEqual(
      outcomes.filter(({ kind }) => kind !== "accepted"),
      [],
    );
    const tokens = received()
      .slice(before)
      .map(({ token }) => token);
    assert.equal(new Set(tokens).size, 500);
    assert.equal(tokens.length, 500);
  });

  return { world };
}
