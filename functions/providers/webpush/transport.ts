import { h1Pool } from "../transport/h1.ts";
import { h2Pool, type Pool } from "../transport/pool.ts";
import type { OpenSocket, Reply, Wire } from "../transport/reply.ts";

const MAX_SESSIONS = 4;
const EXPECTED_STREAMS = 100;
/** Microsoft alone names dozens of hosts. */
const MAX_HOSTS = 32;

const NO_HTTP2 = new Set(["connect_no_http2", "connect_ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL"]);

/** Pools per push service; a service without HTTP/2 gets HTTP/1.1 from then on. */
export function pushServices(open: OpenSocket) {
  const pools = new Map<string, Pool>();
  const keep = (host: string, pool: Pool): Pool => {
    if (pools.size >= MAX_HOSTS) dropIdle(pools);
    pools.delete(host);
    pools.set(host, pool);
    return pool;
  };
  const poolOf = (host: string) =>
    pools.get(host) ??
    keep(host, h2Pool({ host, open, maxSessions: MAX_SESSIONS, expectedStreams: EXPECTED_STREAMS }));
  const old = new Set<string>();
  return {
    async send(host: string, wire: Wire, deadlineMs: number): Promise<Reply> {
      const reply = await poolOf(host).send(wire, deadlineMs);
      if (reply.kind !== "unsent" || !NO_HTTP2.has(reply.reason)) return reply;
      if (!old.has(host)) {
        old.add(host);
        pools.get(host)?.close();
        keep(host, h1Pool({ host, open }));
      }
      return poolOf(host).send(wire, deadlineMs);
    },
    close(): void {
      for (const pool of pools.values()) pool.close();
    },
  };
}

/** The longest-known service without requests makes room. */
function dropIdle(pools: Map<string, Pool>): void {
  for (const [host, pool] of pools) {
    if (pool.busy) continue;
    pool.close();
    pools.delete(host);
    return;
  }
}
