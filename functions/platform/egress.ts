import { type LookupAddress, lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { type ConnectionOptions, connect } from "node:tls";
import { isPublicAddress } from "../core/net/public-address.ts";
import { ENV } from "../names.ts";
import type { OpenSocket } from "../providers/transport/reply.ts";

/** Host -> "address:port": the operator's own way to a host, like a line in /etc/hosts. */
export type Overrides = Readonly<Record<string, string>>;

export type EgressOptions = {
  overrides?: Overrides;
  /** Certificate authorities beside the system's (PEM). */
  ca?: string;
  resolve?: typeof lookup;
};

/**
 * Opens TLS connections to providers: port 443, or the one that a provider's own code names, the certificate checked
 * against the real name, and only to public addresses, whatever DNS says. An override replaces DNS and address check, never the name that is checked.
 */
export function egress({ overrides = {}, ca, resolve = lookup }: EgressOptions = {}): OpenSocket {
  const ways = new Map(Object.entries(overrides).map(([host, way]) => [host, parseWay(host, way)]));
  return (host, alpn, port = 443) => {
    const common: ConnectionOptions = {
      servername: host,
      ALPNProtocols: alpn,
      minVersion: "TLSv1.2",
      ...(ca && { ca }),
    };
    const way = ways.get(host);
    // An address for a name is connected to without a look-up, which is where it would be judged.
    const named = isIP(host) === 0 ? host : REFUSED;
    const socket = connect(
      way
        ? { ...common, ...way }
        : { ...common, servername: named, host: named, port, lookup: publicOnly(resolve) },
    );
    socket.setNoDelay(true);
    return socket;
  };
}

/** A name that never has an address (RFC 6761). */
const REFUSED = "refused.invalid";

/** The function's own egress, from its environment. */
export function ownEgress(): OpenSocket {
  const text = process.env[ENV.egress];
  return egress(text ? { overrides: parseOverrides(text) } : {});
}

/** @throws Error that shows the expected form */
function parseOverrides(text: string): Overrides {
  try {
    return JSON.parse(text) as Overrides;
  } catch {
    throw new Error(`${ENV.egress} is not JSON; expected {"api.push.apple.com": "10.0.0.5:443"}`);
  }
}

/** @throws Error naming the host whose override is wrong */
function parseWay(host: string, way: string): { host: string; port: number } {
  const [, address, port] = /^\[?([0-9A-Fa-f.:]+?)\]?:(\d{1,5})$/.exec(way) ?? [];
  if (address === undefined || isIP(address) === 0 || Number(port) > 65_535)
    throw new Error(`${ENV.egress}: ${host} must be "address:port" with an IP address, not "${way}"`);
  return { host: address, port: Number(port) };
}

/** A lookup that knows public addresses only: a name that an attacker points inside leads nowhere. */
function publicOnly(resolve: typeof lookup): LookupFunction {
  return (host, { family, hints, all }, callback) => {
    const options = {
      all: true as const,
      ...(family !== undefined && { family }),
      ...(hints !== undefined && { hints }),
    };
    resolve(host, options, (error, found: LookupAddress[]) => {
      if (error) return callback(error, []);
      const allowed = found.filter(({ address }) => isPublicAddress(address));
      const [first] = allowed;
      if (first) return all ? callback(null, allowed) : callback(null, first.address, first.family);
      callback(Object.assign(new Error(`${host} has no public address`), { code: "EADDRNOTPUBLIC" }), []);
    });
  };
}
