/** The two clocks of a connection: ten minutes without a message either way, two hours in all. */

import type { Connection, SocketCore } from "./websocket-core.ts";

const IDLE_TIMEOUT_MS = 600_000;
const MAXIMUM_LIFE_MS = 7_200_000;

/** `expire` closes with 1001 as API Gateway does. */
export function watchLifetime(core: SocketCore, connection: Connection, expire: () => void): () => void {
  const { clock } = core;
  let cancelIdle: () => void = () => undefined;
  const watchIdle = () => {
    const atMs = connection.lastActiveAtMs + IDLE_TIMEOUT_MS;
    cancelIdle = clock.setTimer(atMs, () => {
      const isIdle = clock.now() - connection.lastActiveAtMs >= IDLE_TIMEOUT_MS;
      if (isIdle) expire();
      else watchIdle();
    });
  };
  watchIdle();
  const cancelLife = clock.setTimer(connection.facts.connectedAtMs + MAXIMUM_LIFE_MS, expire);
  return () => {
    cancelIdle();
    cancelLife();
  };
}
