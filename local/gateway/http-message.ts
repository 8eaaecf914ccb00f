/** What both gateways read from an HTTP request, in the shape of their events. */

import type { IncomingMessage } from "node:http";

export type Headers = { single: Record<string, string>; multi: Record<string, string[]> };

/** Names keep the case in which the client wrote them; the last value of a repeated name wins. */
export function headersOf(request: IncomingMessage): Headers {
  const single: Record<string, string> = {};
  const multi: Record<string, string[]> = {};
  const raw = request.rawHeaders;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? "";
    const value = raw[index + 1] ?? "";
    single[name] = value;
    multi[name] = [...(multi[name] ?? []), value];
  }
  return { single, multi };
}

export function headerBytes(request: IncomingMessage): number {
  return request.rawHeaders.reduce((sum, text) => sum + Buffer.byteLength(text) + 2, 0);
}

export type Query = { single: Record<string, string> | null; multi: Record<string, string[]> | null };

export function queryOf(url: URL): Query {
  const names = [...new Set(url.searchParams.keys())];
  if (names.length === 0) return { single: null, multi: null };
  const multi = Object.fromEntries(names.map((name) => [name, url.searchParams.getAll(name)]));
  const single = Object.fromEntries(names.map((name) => [name, multi[name]?.at(-1) ?? ""]));
  return { single, multi };
}

export function urlOf(request: IncomingMessage): URL {
  // Joined rather than resolved: a path that begins with two slashes would be taken for a host.
  return new URL(`http://localhost${request.url ?? "/"}`);
}

export function sourceIpOf(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? "127.0.0.1").replace(/^::ffff:/, "");
}

/** `12/Mar/2026:19:03:58 +0000` */
export function requestTime(epochMs: number): string {
  const [, day, month, year, time] =
    /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(epochMs).toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
