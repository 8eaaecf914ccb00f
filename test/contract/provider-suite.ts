import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import type { Outcome } from "../../functions/core/dispatch/outcome.ts";
import type { Message, Provider, SendEach, Target } from "../../functions/core/dispatch/provider.ts";
import { egress } from "../../functions/platform/egress.ts";
import type { OpenSocket } from "../../functions/providers/transport/reply.ts";
import type { TokenStore } from "../../functions/providers/transport/shared-token.ts";
import { type Fakes, type Fault, startFakes } from "../../local/fakes/fakes.ts";

export type Closable = Provider<SendEach> & { close(): void };

/** What a provider is tested with: the fakes, a way to them, a clock that can be moved, a shared token store. */
export type World = {
  fakes: Fakes;
  open: OpenSocket;
  tokens: TokenStore & { entries: Map<string, { sealed: string; issuedAtMs: number; version: number }> };
  now(): number;
  move(ms: number): void;
  /** Told to the suite, so that it is closed in the end. */
  closeLater<T extends { close(): void }>(thing: T): T;
};

/** What one provider brings to the suite. */
export type Subject = {
  name: "apns" | "fcm" | "webpush";
  /** A provider for an app of its own that the fake trusts; the same app gives another environment of it. */
  make(world: World, app: string): Closable;
  /** A target that the fake knows; each call makes another. */
  target(world: World, app: string): Target;
  /** Each status and reason of the provider's, and what it must become. */
  outcomes: [Pick<Fault, "status" | "reason" | "retryAfterS" | "sinceMs">, Partial<Outcome>][];
};

export const message = (over: Partial<Message> = {}): Message => ({
  app: "a",
  notificationId: "n-1",
  content: { title: "Hello", body: "World", data: { order: "7" } },
  category: "transactional",
  priority: "high",
  createdAtMs: 1_750_000_000_000,
  expiresAtMs: Date.now() + 3_600_000,
  ttlS: 3_600,
  ...over,
});

export const target = (over: Partial<Target>): Target => ({
  user: "u",
  device: "d",
  kind: "apns",
  token: "",
  messageId: randomUUID(),
  ...over,
});

export function memoryTokens(): World["tokens"] {
  const entries: World["tokens"]["entries"] = new Map();
  return {
    entries,
    get: async (key) => entries.get(key),
    async put(key, token, expected) {
      if (entries.get(key)?.version !== expected) return false;
      entries.set(key, { ...token, version: (expected ?? 0) + 1 });
      return true;
    },
  };
}

export async function startWorld(): Promise<World & { close(): Promise<void> }> {
  let shiftMs = 0;
  const now = () => Date.now() + shiftMs;
  const folder = mkdtempSync(join(tmpdir(), "clarion-providers-"));
  const fakes = await startFakes({ folder, clock: { now } });
  const open = egress({ overrides: fakes.egress, ca: readFileSync(fakes.caFile, "utf8") });
  const closables: { close(): void }[] = [];
  return {
    fakes,
    open,
    tokens: memoryTokens(),
    now,
    move: (ms) => {
      shiftMs += ms;
    },
    closeLater(thing) {
      closables.push(thing);
      return thing;
    },
    async close() {
      for (const thing of closables) thing.close();
      await fakes.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const DEADLINE_MS = 5_000;
export const soon = (ms = DEADLINE_MS) => ({ deadlineMs: Date.now() + ms });

/** What every provider must do, against its fake, over a real socket. */
export function providerSuite(subject: Subject): { world(): World } {
  let world: Awaited<ReturnType<typeof startWorld>>;
  let provider: Closable;
  const { name } = subject;
  const fault = (more: Omit<Fault, "provider">) => world.fakes.faults.set({ provider: name, ...more });
  const received = () => world.fakes[name].received;
  const receivedFor = (token: string) => received().filter((entry) => entry.token === token);
  const sendOne = async (to: Target, ms?: number) => (await provider.prepare(message()))(to, soon(ms));
  const newTarget = () => subject.target(world, "one");

  before(async () => {
    world = await startWorld();
    provider = world.closeLater(subject.make(world, "one"));
  });
  after(() => world.close());
  afterEach(() => {
    world.fakes.faults.clear();
    world.fakes[name].latencyMs = 0;
  });

  test(`${name}: an accepted message is in the provider's log, with its trace`, async () => {
    const to = newTarget();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const send = await provider.prepare(message({ traceparent }));
    const outcome = await send(to, soon());
    assert.equal(outcome.kind, "accepted");
    const [entry] = receivedFor(to.token);
    assert.ok(entry && entry.status < 300);
    assert.equal(entry.headers["traceparent"], traceparent);
  });

  test(`${name}: each status and reason becomes its outcome`, async () => {
    for (const [told, expected] of subject.outcomes) {
      const to = newTarget();
      fault({ token: to.token, ...told });
      const outcome = await sendOne(to);
      for (const [key, value] of Object.entries(expected))
        assert.equal(
          outcome[key as keyof Outcome],
          value,
          `${key} of ${JSON.stringify(told)}: ${JSON.stringify(outcome)}`,
        );
      assert.equal(outcome.status, told.status);
      world.fakes.faults.clear();
    }
  });

  test(`${name}: a GOAWAY in mid-flight costs nothing and doubles nothing`, async () => {
    world.fakes[name].latencyMs = 20;
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

  for (const kind of ["reset", "drop", "loseAnswer"] as const) {
    test(`${name}: ${kind}: a request that left without an answer is in doubt`, async () => {
      const to = newTarget();
      fault({ kind, token: to.token });
      assert.equal((await sendOne(to)).kind, "unknown");
      assert.equal(receivedFor(to.token).length, kind === "loseAnswer" ? 1 : 0, "never sent twice");
      world.fakes.faults.clear();
      assert.equal((await sendOne(newTarget())).kind, "accepted", "the next one goes through");
    });
  }

  test(`${name}: a slow answer ends at the deadline`, async () => {
    const to = newTarget();
    await sendOne(newTarget());
    fault({ kind: "slow", delayMs: 3_000, token: to.token });
    const startMs = performance.now();
    const outcome = await sendOne(to, 300);
    assert.deepEqual(outcome, { kind: "unknown", reason: "deadline_exceeded" });
    assert.ok(performance.now() - startMs < 1_500);
  });

  test(`${name}: a provider that refuses connections is a retry, and is found again`, async () => {
    provider = world.closeLater(subject.make(world, "one"));
    fault({ kind: "refuse" });
    const outcomes = await Promise.all([1, 2, 3].map(() => sendOne(newTarget())));
    assert.deepEqual([...new Set(outcomes.map(({ kind }) => kind))], ["retry"], JSON.stringify(outcomes));
    world.fakes.faults.clear();
    assert.equal((await sendOne(newTarget())).kind, "accepted");
  });

  test(`${name}: garbage, ten megabytes and endless bodies are cut`, async () => {
    for (const kind of ["garbage", "huge", "endless"] as const) {
      const to = newTarget();
      fault({ kind, status: 503, token: to.token });
      const outcome = await sendOne(to, 1_000);
      assert.equal(outcome.kind, "retry", `${kind}: ${JSON.stringify(outcome)}`);
      world.fakes.faults.clear();
    }
    assert.equal((await sendOne(newTarget())).kind, "accepted");
  });

  test(`${name}: a payload over the limit is refused without a request`, async () => {
    const to = newTarget();
    const send = await provider.prepare(message({ content: { title: "x", body: "é".repeat(2_500) } }));
    assert.deepEqual(await send(to, soon()), { kind: "rejected", reason: "payload_too_large" });
    assert.deepEqual(receivedFor(to.token), []);
  });

  test(`${name}: 500 at once, one request each`, async () => {
    world.fakes[name].latencyMs = 10;
    const before = received().length;
    const send = await provider.prepare(message());
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

  test(`${name}: two apps share neither credentials nor tokens`, async () => {
    const other = world.closeLater(subject.make(world, "two"));
    const before = received().length;
    const [mine, theirs] = [newTarget(), subject.target(world, "two")];
    await sendOne(mine);
    const outcome = await (await other.prepare(message()))(theirs, soon());
    assert.equal(outcome.kind, "accepted");
    const [first, second] = received().slice(before);
    assert.notEqual(first?.headers["authorization"], second?.headers["authorization"]);
  });

  return { world: () => world };
}
