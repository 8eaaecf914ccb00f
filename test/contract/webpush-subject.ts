import { createECDH } from "node:crypto";
import type { VapidPair } from "../../functions/core/credentials/webpush.ts";
import { webPushProvider } from "../../functions/providers/webpush/webpush.ts";
import { http2Subject } from "./provider-suite.ts";
import { message, soon, target, type World } from "./provider-world.ts";

const AN_HOUR_MS = 3_600_000;

export function newPair(): VapidPair {
  const ecdh = createECDH("prime256v1");
  ecdh.generateKeys();
  const privateKey = Buffer.alloc(32);
  const made = ecdh.getPrivateKey();
  made.copy(privateKey, 32 - made.length);
  return {
    publicKey: ecdh.getPublicKey("base64url", "uncompressed"),
    privateKey: privateKey.toString("base64url"),
  };
}

const pairs = new Map<string, VapidPair>();
export const pairOf = (app: string): VapidPair => {
  const known = pairs.get(app) ?? newPair();
  pairs.set(app, known);
  return known;
};

const contact = "mailto:push@example.com";
export const providerWith = (
  { open, now }: World,
  credentials: VapidPair & { previous?: VapidPair },
  extraHosts: readonly string[] = [],
) => webPushProvider({ credentials: { ...credentials, subject: contact }, extraHosts, open, now });
export const make = (world: World, app: string) => providerWith(world, pairOf(app));

export function targetOf({ fakes }: World, { publicKey }: VapidPair, by?: "safari" | "unifiedPush") {
  const { endpoint, keys } = fakes.webpush.subscribe({ vapidPublicKey: publicKey, ...(by && { by }) });
  return target({ kind: "webpush", token: endpoint, keys });
}

export const subject = http2Subject({
  name: "webpush",
  make,
  target: (world, app) => targetOf(world, pairOf(app)),
  outcomes: [
    [
      { status: 404, reason: "NoSuchSubscription" },
      { kind: "gone", tokenSuspect: undefined },
    ],
    [{ status: 410 }, { kind: "gone", tokenSuspect: undefined, reason: "status_410" }],
    [
      { status: 400, reason: "BadTtl" },
      { kind: "misconfigured", reason: "BadTtl" },
    ],
    [{ status: 401 }, { kind: "misconfigured", reason: "status_401" }],
    [{ status: 403, reason: "BadJwtToken" }, { kind: "misconfigured" }],
    [{ status: 413 }, { kind: "rejected" }],
    [{ status: 429 }, { kind: "throttled", retryAfterMs: 60_000 }],
    [
      { status: 429, retryAfterS: 5 },
      { kind: "throttled", retryAfterMs: 5_000 },
    ],
    [{ status: 500 }, { kind: "retry" }],
    [
      { status: 503, retryAfterS: 9 },
      { kind: "retry", retryAfterMs: 9_000 },
    ],
    [{ status: 302 }, { kind: "rejected", reason: "status_302" }],
  ],
  async expiring(world) {
    const provider = make(world, "ending");
    const newTarget = () => targetOf(world, pairOf("ending"));
    await (await provider.prepare(message()))(newTarget(), soon());
    // A younger token is not replaced: whoever refuses it refuses all.
    world.move(AN_HOUR_MS);
    const { webpush: fake } = world.fakes;
    return {
      provider,
      targets: (count) => Array.from({ length: count }, newTarget),
      expire: fake.expireTokens,
      asked: () => new Set(fake.received.map(({ headers }) => headers["authorization"])).size,
    };
  },
});
