import type { IncomingHttpHeaders } from "node:http2";
import type { TLSSocket } from "node:tls";
import { type Outcome, unknown } from "../../core/dispatch/outcome.ts";

/**
 * Opens a TLS connection to a provider's host; where it leads and what is refused is the platform's matter.
 * @param port 443 where it is left out; never out of a request or a stored address
 */
export type OpenSocket = (host: string, alpn: string[], port?: number) => TLSSocket;

/** A request ready for the wire: names and values in turn, pseudo-headers first. */
export type Wire = {
  headers: readonly string[];
  body: Buffer;
  /** The body of a good answer matters too; otherwise its headers settle the request. */
  wholeBody?: boolean;
  /** How long an answer may be, where 8 KB are too little for it. */
  mostBytes?: number;
};

/** What became of a request. */
export type Reply =
  | { kind: "answer"; status: number; headers: IncomingHttpHeaders; body: string }
  /** It left, and no answer came: the provider may have taken it. */
  | { kind: "lost"; reason: string }
  /** The provider certainly did not take it: it may be sent again. */
  | { kind: "unsent"; reason: string };

export type Answer = Extract<Reply, { kind: "answer" }>;

/** The outcome of a request that got no answer. */
export function withoutAnswer(reply: Exclude<Reply, Answer>): Outcome {
  return reply.kind === "lost" ? unknown(reply.reason) : { kind: "retry", reason: reply.reason };
}

/** A JSON object out of an untrusted body, or an empty one. */
export function jsonObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // providers' proxies answer in HTML; the status alone decides then
  }
}

const CODE = /^[A-Za-z_]{1,40}$/;

/**
 * A provider's word for what happened, if it is one. Reasons are logged and kept: a text of any other shape could
 * quote the token it is about, or hold what no table takes.
 */
export const reasonCode = (reason: unknown): string | undefined =>
  typeof reason === "string" && CODE.test(reason) ? reason : undefined;

const LATEST_MS = 8.64e15;

/** A provider's time in milliseconds, if a date can hold it (JSON also spells infinity: 1e999). */
export const timeMs = (value: unknown): number | undefined =>
  typeof value === "number" && value >= 0 && value <= LATEST_MS ? Math.floor(value) : undefined;
