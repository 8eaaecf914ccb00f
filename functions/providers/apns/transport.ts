import { h2Pool, type Pool } from "../transport/pool.ts";
import type { OpenSocket } from "../transport/reply.ts";

export const APNS_HOSTS = {
  production: "api.push.apple.com",
  sandbox: "api.sandbox.push.apple.com",
} as const;
export type ApnsEnvironment = keyof typeof APNS_HOSTS;

/** Apple allows about this many streams once a token was accepted, and dislikes many connections. */
const EXPECTED_STREAMS = 1_000;
const MAX_SESSIONS = 2;

/** One pool per host, opened on first use. */
export function apnsPools(open: OpenSocket) {
  const pools = new Map<ApnsEnvironment, Pool>();
  return {
    of(environment: ApnsEnvironment): Pool {
      const known = pools.get(environment);
      if (known) return known;
      const pool = h2Pool({
        host: APNS_HOSTS[environment],
        open,
        maxSessions: MAX_SESSIONS,
        expectedStreams: EXPECTED_STREAMS,
        oneUntilProven: true,
      });
      pools.set(environment, pool);
      return pool;
    },
    close(): void {
      for (const pool of pools.values()) pool.close();
    },
  };
}
