import type { Agent } from "node:http";

/** As long as HTTP/2 sessions may be unused before they have to prove that they live (./session.ts). */
const STALE_AFTER_MS = 30_000;

/**
 * Lets go of an agent's connections that nobody has used lately: an environment that was frozen wakes up with
 * connections whose other side is long gone, and what is sent into one of those cannot be told from what arrived.
 * @returns to be called before each request
 */
export function lettingGo(agent: Agent): () => void {
  const freeSinceMs = new WeakMap<object, number>();
  agent.on("free", (socket: object) => freeSinceMs.set(socket, Date.now()));
  return () => {
    for (const socket of Object.values(agent.freeSockets).flat())
      if (socket && Date.now() - (freeSinceMs.get(socket) ?? 0) > STALE_AFTER_MS) socket.destroy();
  };
}
