import assert from "node:assert/strict";
import { test } from "node:test";
import type { VendorClass } from "../../functions/core/credentials/vendor-settings.ts";
import type { Outcome, OutcomeKind } from "../../functions/core/dispatch/outcome.ts";
import type { Message, Provider, SendMany, Target } from "../../functions/core/dispatch/provider.ts";
import type { DeviceTokenKind } from "../../functions/core/token-kinds.ts";
import type { CodeClasses } from "../../functions/providers/vendor/verdict.ts";
import type { Fault, VendorFakeName } from "../../local/fakes/faults.ts";
import type { Received } from "../../local/fakes/received.ts";
import {
  type ContractSubject,
  type NotApplying,
  othersOf,
  type Row,
  senderOf,
  throttledOf,
  withEveryWord,
} from "./contract-subject.ts";
import { contractSuite } from "./contract-suite.ts";
import { fakesBench } from "./fakes-bench.ts";
import { message, soon, startWorld, target, type World } from "./provider-world.ts";

type VendorProvider = Provider<SendMany> & { close(): void };
type PerToken = readonly [code: string, expected: Partial<Outcome>];
/** Why a vendor has no such thing. */
type None = { none: string };

/** What a vendor that takes many targets in one request brings. */
export type VendorOptions = {
  name: VendorFakeName;
  kind: DeviceTokenKind;
  /** A provider for an app of its own that the fake trusts; the same app gives another environment of it. */
  make(world: World, app: string): VendorProvider;
  /** A registration token as this vendor's look, another for each n. */
  token(n: number): string;
  /** Targets that one request takes. */
  most: number;
  /** Requests carry an access token that was asked for, and this is how it is refused. */
  access: { expired: Pick<Fault, "status" | "reason"> } | None;
  /** Codes of whole requests, and what they must become for every target. */
  outcomes: Row[];
  /** The vendor's own table of such codes, the HTTP status they come with, and those that no message is answered with. */
  table: { classes: CodeClasses; status: number; save?: readonly string[] };
  /** Codes of single tokens of a request, where the vendor tells them apart. */
  perToken: readonly PerToken[];
  /** Codes of whole requests that a single token causes. */
  byHalves?: readonly PerToken[];
  /** A request before the one that sends is where an expired access token is noticed. */
  refusedEarlier?: boolean;
  /** What 503 means where it is no mere failure. */
  unavailable?: "throttled";
  /** A message that is over the vendor's limit. */
  tooLarge: Partial<Message> | None;
};

/** A subject of the contract suite, and what the points of many targets a request need beside. */
export type VendorSubject = ContractSubject & {
  vendor: VendorOptions;
  world(): World;
  targets(count: number): Target[];
};

const isNone = (value: object): value is None => "none" in value;
const orNot = <T extends object, D>(value: T | None, data: (value: T) => D): D | NotApplying =>
  isNone(value) ? { notApplying: value.none } : data(value);

/** Whose access token, key or id a request came with. */
const credential = ({ headers, by }: Received): unknown =>
  by ?? headers["authorization"] ?? headers["token"] ?? headers["authtoken"];

/** A quota of the day ends it, and has tests of its own. */
const KINDS: Record<VendorClass, OutcomeKind | undefined> = {
  ok: "accepted",
  invalid: "gone",
  auth: "misconfigured",
  throttled: "throttled",
  retry: "retry",
  quota: undefined,
  config: "misconfigured",
  payload: "rejected",
  suppressed: "rejected",
};

function everyCode({ outcomes, table: { classes, status, save } }: VendorOptions): Row[] {
  const words = Object.entries(classes).flatMap(([of, codes]) => {
    const kind = KINDS[of as VendorClass];
    if (kind === undefined) return [];
    const wait = kind === "throttled" && { retryAfterMs: 10_000 };
    return codes.map(
      (code): Row => [
        { status, reason: String(code) },
        { kind, ...wait },
      ],
    );
  });
  return withEveryWord(outcomes, words, save);
}

function pointsOf(vendor: VendorOptions): ContractSubject["points"] {
  const every = everyCode(vendor);
  const { perToken, byHalves = [], access, unavailable = "retry", tooLarge } = vendor;
  return {
    accepted: true,
    outcomes: othersOf(every),
    partialBatch: [...perToken, ...byHalves].map(([reason, expected]) => [{ reason }, expected]),
    authExpiry: orNot(access, () => ({})),
    throttling: { rows: throttledOf(every) },
    timeouts: true,
    noConnection: true,
    lostAnswer: true,
    badAnswers: [{ no: unavailable, yes: "unknown" }],
    payloadLimit: orNot(tooLarge, (over) => ({ over })),
    apart: true,
  };
}

export function vendorSubject(vendor: VendorOptions): VendorSubject {
  const { name, kind, most } = vendor;
  let world: Awaited<ReturnType<typeof startWorld>>;
  let made = 0;
  const next = () => target({ kind, token: vendor.token(++made) });
  const targets = (count: number) => Array.from({ length: count }, next);
  async function expiring() {
    const sender = senderOf(world.closeLater(vendor.make(world, "ending")));
    await (await sender.prepare())(targets(1));
    // No new token is made within seconds of the last.
    world.move(60_000);
    const { expireTokens: expire, tokensIssued: asked } = world.fakes[name];
    return { sender, targets, expire, asked };
  }
  return {
    name,
    vendor,
    most,
    targets,
    world: () => world,
    points: pointsOf(vendor),
    async open() {
      world = await startWorld();
      return fakesBench(world, {
        name,
        make: (app) => vendor.make(world, app),
        target: next,
        credential,
        ...(!isNone(vendor.access) && { expiring }),
      });
    },
  };
}

function assertLike(outcome: Outcome, expected: Partial<Outcome>, of: string): void {
  for (const [key, value] of Object.entries(expected))
    assert.equal(outcome[key as keyof Outcome], value, `${key} of ${of}: ${JSON.stringify(outcome)}`);
}

/** The contract, and what is special where one request goes to many. */
export function vendorSuite(subject: VendorSubject): { world(): World; targets(count: number): Target[] } {
  const { vendor, world, targets } = subject;
  const { name } = vendor;
  contractSuite(subject);
  let made: VendorProvider | undefined;
  const provider = () => (made ??= world().closeLater(vendor.make(world(), "one")));
  const fake = () => world().fakes[name];
  const fault = (more: Omit<Fault, "provider">) => world().fakes.faults.set({ provider: name, ...more });
  const send = async (to: readonly Target[], ms?: number) =>
    (await provider().prepare(message())).send(to, soon(ms));
  const kinds = (outcomes: readonly Outcome[]) => [...new Set(outcomes.map(({ kind }) => kind))];
  const receivedFor = (to: readonly Target[]) =>
    to.map(({ token }) => fake().received.filter((entry) => entry.token === token).length);

  test(`${name}: as many as one request takes go out in one, each once`, async () => {
    const { most } = await provider().prepare(message());
    assert.equal(most, vendor.most);
    const to = targets(most);
    await send(targets(1));
    const before = fake().requests();
    const outcomes = await send(to, 20_000);
    assert.deepEqual(kinds(outcomes), ["accepted"], JSON.stringify(outcomes[0]));
    assert.equal(outcomes.length, most);
    assert.equal(fake().requests() - before, 1);
    assert.ok(receivedFor(to).every((count) => count === 1));
  });

  test(`${name}: one target alone`, async () => {
    const [to] = targets(1);
    assert.deepEqual(kinds(await send([to!])), ["accepted"]);
  });

  const [refusal] = vendor.perToken;
  if (refusal !== undefined)
    test(`${name}: a full batch of which one alone was taken: the long answer is read whole`, async () => {
      const [code, expected] = refusal;
      const to = targets(vendor.most);
      for (const { token } of to.slice(1)) fault({ token, reason: code });
      const outcomes = await send(to, 20_000);
      for (const [index, outcome] of outcomes.entries())
        assertLike(outcome, index === 0 ? { kind: "accepted" } : expected, `${code} at ${index}`);
    });

  if (!isNone(vendor.access)) accessTests(vendor.access.expired);

  function accessTests(expired: Pick<Fault, "status" | "reason">): void {
    test(`${name}: environments share one access token; another app has its own`, async () => {
      const before = fake().tokensIssued();
      const app = `shared-${before}`;
      const environments = [1, 2, 3].map(() => world().closeLater(vendor.make(world(), app)));
      for (const environment of environments)
        assert.deepEqual(kinds(await (await environment.prepare(message())).send(targets(1), soon())), [
          "accepted",
        ]);
      assert.equal(fake().tokensIssued() - before, 1);
      const other = world().closeLater(vendor.make(world(), `${app}-other`));
      await (await other.prepare(message())).send(targets(1), soon());
      assert.equal(fake().tokensIssued() - before, 2);
    });

    test(`${name}: a token that expires early is replaced, and the batch sent again once`, async () => {
      await send(targets(1));
      // No new token is made within seconds of the last.
      world().move(60_000);
      fake().expireTokens();
      const to = targets(3);
      const before = fake().requests();
      assert.deepEqual(kinds(await send(to)), ["accepted"]);
      const requests = vendor.refusedEarlier ? 1 : 2;
      assert.equal(fake().requests() - before, requests, "refused, then taken");
      assert.deepEqual(receivedFor(to), [1, 1, 1]);
    });

    test(`${name}: who is refused with a new token as well is misconfigured`, async () => {
      world().move(60_000);
      fault(expired);
      const before = fake().requests();
      assert.deepEqual(kinds(await send(targets(2))), ["misconfigured"]);
      assert.ok(fake().requests() - before <= 2);
    });
  }

  return { world, targets };
}
