import tls from "node:tls";

/**
 * Loaded into the process of a sender that cannot be told another address (`node --import`): its TLS connections to
 * a provider's host lead to the fake. The name that is asked for and checked stays the provider's.
 */
const ports: Record<string, number> = JSON.parse(process.env["BENCH_PORTS"] ?? "{}");
type Options = { host?: string; hostname?: string; port?: number; servername?: string };
// node:http2 calls (port, host, options), node:https (options).
type Connect = (...args: unknown[]) => tls.TLSSocket;

const connect = tls.connect as Connect;
const redirected: Connect = (...args) => {
  const named = (args.find((arg) => typeof arg === "object") ?? {}) as Options;
  const host = typeof args[1] === "string" ? args[1] : (named.host ?? named.hostname ?? "");
  const port = ports[host];
  if (port === undefined) throw new Error(`the benchmark has no fake for ${host || "a nameless host"}`);
  return connect({ ...named, host: "127.0.0.1", port, servername: named.servername || host });
};
(tls as { connect: unknown }).connect = redirected;
