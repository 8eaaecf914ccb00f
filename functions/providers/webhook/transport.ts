import { h1Pool } from "../transport/h1.ts";
import type { Pool } from "../transport/pool.ts";
import type { OpenSocket, Reply } from "../transport/reply.ts";
import type { WebhookRequest } from "./request.ts";

/** Hosts whose connections are kept. */
const MAX_HOSTS = 64;
/** What is read of an answer: a code and a sentence. */
const MAX_ANSWER_BYTES = 8_192;

export type WebhookHosts = {
  send(request: WebhookRequest, deadlineMs: number): Promise<Reply>;
  close(): void;
};

/** Kept HTTPS connections to the hosts that were used last. A redirect is an answer like another. */
export function webhookHosts(open: OpenSocket): WebhookHosts {
  const pools = new Map<string, Pool>();
  const poolOf = (host: string): Pool => {
    const pool = pools.get(host) ?? h1Pool({ host, open, maxAnswerBytes: MAX_ANSWER_BYTES });
    pools.delete(host); // to the end of the order: used last
    while (pools.size >= MAX_HOSTS && dropIdle(pools));
    pools.set(host, pool);
    return pool;
  };
  return {
    send({ host, path, headers, body }, deadlineMs) {
      const fields = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Clarion",
        ...headers,
      };
      const wire = [":method", "POST", ":path", path, ...Object.entries(fields).flat()];
      return poolOf(host).send({ headers: wire, body: Buffer.from(body), wholeBody: true }, deadlineMs);
    },
    close() {
      for (const pool of pools.values()) pool.close();
    },
  };
}

/** The host that was used longest ago, and is not now. False: all are, and there is one more for a while. */
function dropIdle(pools: Map<string, Pool>): boolean {
  for (const [host, pool] of pools) {
    if (pool.busy) continue;
    pool.close();
    pools.delete(host);
    return true;
  }
  return false;
}
