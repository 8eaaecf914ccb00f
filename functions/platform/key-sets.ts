import { request } from "node:https";
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { whyNoKeySet } from "../core/app/set-client-auth.ts";
import type { OpenSocket } from "../providers/transport/reply.ts";
import { now } from "./clients.ts";
import { ownEgress } from "./egress.ts";

const TIMEOUT_MS = 3_000;
const MAX_BYTES = 128 * 1024;
/** A key set is read again after this long, or when a token names a key that is not in it. */
const MAX_AGE_MS = 600_000;
const COOLDOWN_MS = 30_000;
/** While it cannot be read again, the last one goes on: as long as the secrets of HS256 do. */
const STALE_MS = 3_600_000;
/**
 * Whoever names the app in a token, forged or not, has its set read: a host that hangs may cost a sixth of the time. One
 * that answers with an error costs little, and may be well in a moment: without a last set all of the app's people wait.
 */
const RETRY_MS = { slow: 15_000, quick: 1_000 };
const SLOW_MS = 1_000;
const MAX_SETS = 500;

export type KeySetPorts = {
  now(): number;
  /** The text at a set's URL. */
  read(url: string): Promise<string>;
};

type Known = { keys?: JWTVerifyGetKey; readAtMs: number; failure?: { error: unknown; untilMs: number } };

/** The keys at apps' URLs, read when they are needed; a set that cannot be read is not asked for again at once. */
export function keySets({ now: nowMs, read }: KeySetPorts): (url: string) => JWTVerifyGetKey {
  const sets = new Map<string, Known>();
  const isYoung = (atMs: number, ms: number) => nowMs() - atMs < ms && nowMs() >= atMs;

  function knownAt(url: string): Known {
    const known = sets.get(url) ?? { readAtMs: Number.NEGATIVE_INFINITY };
    if (!sets.has(url) && sets.size >= MAX_SETS) sets.clear();
    sets.set(url, known);
    return known;
  }

  async function renew(url: string, known: Known): Promise<void> {
    if (known.failure && nowMs() < known.failure.untilMs) return;
    const sinceMs = nowMs();
    try {
      known.keys = createLocalJWKSet(keySetIn(await read(url)));
      known.readAtMs = nowMs();
      delete known.failure;
    } catch (error) {
      const isCheap = known.keys === undefined && nowMs() - sinceMs < SLOW_MS;
      known.failure = { error, untilMs: nowMs() + (isCheap ? RETRY_MS.quick : RETRY_MS.slow) };
    }
  }

  /** @throws KeySetError and jose's errors where there is no set that counts */
  function keysOf({ keys, readAtMs, failure }: Known): JWTVerifyGetKey {
    if (keys !== undefined && isYoung(readAtMs, MAX_AGE_MS + STALE_MS)) return keys;
    throw failure?.error ?? new KeySetError("was never read");
  }

  return (url) => async (header, token) => {
    const known = knownAt(url);
    if (!isYoung(known.readAtMs, MAX_AGE_MS)) await renew(url, known);
    try {
      return await keysOf(known)(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || isYoung(known.readAtMs, COOLDOWN_MS)) throw error;
      await renew(url, known);
      return keysOf(known)(header, token);
    }
  };
}

/** The keys at an app's URL, by a fetch that cannot be led into our own network. */
export const keySet = keySets({
  now,
  async read(url) {
    const why = whyNoKeySet(url);
    if (why !== undefined) throw new KeySetError(why);
    return fetchText(new URL(url));
  },
});

function keySetIn(text: string): JSONWebKeySet {
  try {
    return JSON.parse(text) as JSONWebKeySet; // its shape is judged by createLocalJWKSet
  } catch {
    throw new KeySetError("is no JSON"); // the parser's message would repeat what stands there
  }
}

/** Carries a code of jose's family, so that a key set out of reach refuses the token and does not fail the request. */
class KeySetError extends Error {
  override readonly name = "KeySetError";
  readonly code = "ERR_JWKS_UNREACHABLE";
}

/** The body of a GET: 200 or nothing, no redirects, at most 128 KB, in three seconds altogether. */
export function fetchText(url: URL, open: OpenSocket = ownEgress()): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(url, {
      createConnection: () => open(url.hostname, ["http/1.1"]),
      headers: { Accept: "application/json", Connection: "close" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const fail = (why: string) => call.destroy(new KeySetError(`${url.host}: ${why}`));
    call.on("error", (error) => reject(new KeySetError(error.message)));
    call.on("response", (response) => {
      if (response.statusCode !== 200) return fail(`answers ${response.statusCode}`);
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on("data", (part: Buffer) => {
        bytes += part.length;
        if (bytes > MAX_BYTES) fail(`answers more than ${MAX_BYTES} bytes`);
        else parts.push(part);
      });
      response.on("error", (error) => reject(new KeySetError(error.message)));
      response.on("end", () => resolve(Buffer.concat(parts).toString()));
    });
    call.end();
  });
}
