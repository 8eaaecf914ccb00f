import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Outcome, OutcomeKind } from "../../functions/core/dispatch/outcome.ts";
import type { Provider, Target } from "../../functions/core/dispatch/provider.ts";
import { egress } from "../../functions/platform/egress.ts";
import type { OpenSocket } from "../../functions/providers/transport/reply.ts";
import { type Certificates, makeCertificates } from "../../local/fakes/certificates.ts";
import { memoryTokens, message, soon } from "../contract/provider-world.ts";
import { RAW, SPOKEN } from "./hostile-answers.ts";
import { type HostileServer, type SpokenAnswer, startRaw, startSpeaking } from "./hostile-server.ts";

type Closable = Provider & { close(): void };

/** What one provider brings. */
export type HostileSubject = {
  name: string;
  /** Hosts that messages go to. */
  hosts: readonly string[];
  /** Hosts that are asked for something before a message goes out, and their answer on a good day. */
  before?: { hosts: readonly string[]; answer: SpokenAnswer };
  make(options: { open: OpenSocket; tokens: ReturnType<typeof memoryTokens>; now(): number }): Closable;
  target(): Target;
  /** What the provider says when it takes a message. */
  accept: SpokenAnswer;
  /** Speaks HTTP/1.1 alone: what breaks HTTP/2 is not for it. */
  http1?: true;
};

const KINDS: Record<OutcomeKind, true> = {
  accepted: true,
  gone: true,
  rejected: true,
  retry: true,
  throttled: true,
  misconfigured: true,
  suppressed: true,
  unknown: true,
};
const DAY_MS = 24 * 3_600_000;
const DEADLINE_MS = 400;
/** Deadlines are looked at every 50 ms; the rest is the machine's. */
const LATE_MS = 600;
/** All hostile answers together are hundreds of megabytes: what is kept of them must be nothing. */
const KEPT_BYTES = 96 * 1024 * 1024;

/** One target's outcome is one that the ledger can hold, in time. */
function judge(what: string, outcome: Outcome, tookMs: number): void {
  const told = `${what}: ${JSON.stringify(outcome).slice(0, 300)} after ${Math.round(tookMs)} ms`;
  assert.ok(outcome.kind in KINDS, told);
  assert.ok(tookMs < DEADLINE_MS + LATE_MS, told);
  const { reason = "x", retryAfterMs = 0, sinceMs = 0, status = 200 } = outcome;
  assert.match(reason, /^\w{1,64}$/, told);
  assert.ok(retryAfterMs >= 0 && retryAfterMs <= DAY_MS, told);
  assert.ok(sinceMs >= 0 && Number.isSafeInteger(sinceMs), told);
  assert.ok(status >= 100 && status <= 999, told);
  if (outcome.kind === "accepted") assert.match(what, /200|20[1-9]|299|good status/, told);
}

/** What every provider must make of answers that nobody should give: an outcome, in time, and nothing kept. */
export function hostileAnswers(subject: HostileSubject): void {
  const folder = mkdtempSync(join(tmpdir(), "clarion-hostile-"));
  let certificates: Certificates;
  let friendly: HostileServer<SpokenAnswer>;
  const providers: Closable[] = [];
  const { name, hosts } = subject;

  before(async () => {
    certificates = await makeCertificates(folder);
    friendly = await startSpeaking(certificates, subject.before?.answer ?? subject.accept);
  });
  after(async () => {
    for (const provider of providers) provider.close();
    await friendly.close();
    rmSync(folder, { recursive: true });
  });

  /** A provider whose messages go to one server, and whatever it asks before to another. */
  function providerTo(ports: { messages: number; before?: number }): Closable {
    const ways = (list: readonly string[], port: number) => list.map((host) => [host, `127.0.0.1:${port}`]);
    const before = ways(subject.before?.hosts ?? [], ports.before ?? friendly.port);
    const overrides = Object.fromEntries([...ways(hosts, ports.messages), ...before]);
    const open = egress({ overrides, ca: friendly.ca });
    const provider = subject.make({ open, tokens: memoryTokens(), now: Date.now });
    providers.push(provider);
    return provider;
  }

  /** To one target, whether the provider takes one or many in a request. */
  async function outcomeOf(provider: Closable, deadlineMs: number): Promise<Outcome> {
    const prepared = await provider.prepare(message());
    const call = soon(deadlineMs);
    if (typeof prepared === "function") return prepared(subject.target(), call);
    const [outcome, ...others] = await prepared.send([subject.target()], call);
    assert.ok(outcome && others.length === 0, "one outcome for one target");
    return outcome;
  }

  async function sendOne(provider: Closable, what: string, deadlineMs = DEADLINE_MS): Promise<Outcome> {
    const startMs = performance.now();
    const outcome = await outcomeOf(provider, deadlineMs);
    judge(what, outcome, Math.max(0, performance.now() - startMs - deadlineMs + DEADLINE_MS));
    return outcome;
  }

  /** The token, if there is one, is fetched in peace: it is the answer to the message that is tried. */
  async function warmed(provider: Closable): Promise<Closable> {
    await outcomeOf(provider, 5_000);
    return provider;
  }

  test(`${name}: ${Object.keys(SPOKEN).length} answers in proper HTTP that no provider should give`, async (t) => {
    const server = await startSpeaking(certificates, subject.accept);
    t.after(server.close);
    const provider = await warmed(providerTo({ messages: server.port }));
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    for (const [what, answer] of Object.entries(SPOKEN)) {
      server.answer = answer;
      const asked = server.requests;
      await sendOne(provider, what);
      assert.ok(server.requests > asked, `${what}: nobody was asked`);
      assert.ok(server.requests <= asked + 2, `${what}: ${server.requests - asked} requests`);
    }
    const kept = process.memoryUsage().rss - before;
    assert.ok(kept < KEPT_BYTES, `${Math.round(kept / 1_048_576)} MB more than before`);
    server.answer = subject.accept;
    assert.equal((await sendOne(provider, "200 at last", 5_000)).kind, "accepted", "and it sends on");
  });

  if (!subject.http1)
    test(`${name}: ${Object.keys(RAW).length} answers that break HTTP/2`, async (t) => {
      const server = await startRaw(certificates, (socket) => socket.destroy());
      t.after(server.close);
      const provider = await warmed(providerTo({ messages: server.port }));
      for (const [what, answer] of Object.entries(RAW)) {
        server.answer = answer;
        const outcome = await sendOne(provider, what);
        assert.notEqual(outcome.kind, "accepted", what);
      }
    });

  if (subject.before === undefined) return;
  test(`${name}: the same from whoever is asked before a message goes out`, async (t) => {
    const messages = await startSpeaking(certificates, subject.accept);
    const asked = await startSpeaking(certificates, subject.accept);
    t.after(() => Promise.all([messages.close(), asked.close()]));
    // What is answered well enough is kept; each gets a provider of its own.
    const many = Object.entries(SPOKEN).filter(([what], n) => n % 7 === 0 || !/^\d{3}/.test(what));
    for (const [what, answer] of many) {
      asked.answer = answer;
      const provider = providerTo({ messages: messages.port, before: asked.port });
      const outcome = await sendOne(provider, what, DEADLINE_MS);
      assert.notEqual(outcome.kind, "accepted", what);
      provider.close();
    }
    assert.equal(messages.requests, 0, "no message left without a token");
  });
}
