import { request } from "node:https";
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from "jose";
import { whyNoKeySet } from "../core/app/set-client-auth.ts";
import type { OpenSocket } from "../providers/transport/reply.ts";
import { ownEgress } from "./egress.ts";

const TIMEOUT_MS = 3_000;
const MAX_BYTES = 128 * 1024;
/** A key set is read again after this long, or when a token names a key that is not in it. */
const MAX_AGE_MS = 600_000;
const COOLDOWN_MS = 30_000;
const MAX_SETS = 500;

const sets = new Map<string, JWTVerifyGetKey>();

/** The keys at an app's URL, fetched when they are needed, by a fetch that cannot be led into our own network. */
export function keySet(url: string): JWTVerifyGetKey {
  const known = sets.get(url);
  if (known) return known;
  if (sets.size >= MAX_SETS) sets.clear();
  const made = createRemoteJWKSet(new URL(url), {
    timeoutDuration: TIMEOUT_MS,
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: MAX_AGE_MS,
    [customFetch]: async (asked) => {
      const why = whyNoKeySet(asked);
      if (why !== undefined) throw new KeySetError(why);
      return new Response(await fetchText(new URL(asked)), { status: 200 });
    },
  });
  sets.set(url, made);
  return made;
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
