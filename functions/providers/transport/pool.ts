import { type Bag, bag } from "./bag.ts";
import { type Exchange, expire, monotonicMs } from "./exchange.ts";
import type { Answer, OpenSocket, Reply, Wire } from "./reply.ts";
import { h2Session, type Session } from "./session.ts";

/** Deadlines are looked at this often: one timer for all requests instead of one each. */
const SWEEP_MS = 50;
const RECONNECT_MS = { least: 20, spread: 80 };

export type PoolOptions = {
  host: string;
  /** 443 where it is left out. */
  port?: number;
  open: OpenSocket;
  maxSessions: number;
  /** Streams that the server allows one session, as far as is known before it speaks. */
  expectedStreams: number;
  oneUntilProven?: boolean;
};

export type Pool = {
  send(wire: Wire, deadlineMs: number): Promise<Reply>;
  readonly busy: boolean;
  close(): void;
};

type Inner = {
  options: PoolOptions;
  sessions: Set<Session>;
  waiting: Set<Exchange>;
  active: Bag<Exchange>;
  sweep?: NodeJS.Timeout | undefined;
  reconnect?: NodeJS.Timeout | undefined;
  closed: boolean;
};

/**
 * Kept sessions to one host, as many as the requests in flight need. A request that certainly did not reach the
 * provider is sent once more on another session; one that may have is never.
 */
export function h2Pool(options: PoolOptions): Pool {
  const inner: Inner = {
    options,
    sessions: new Set(),
    waiting: new Set(),
    active: bag(),
    closed: false,
  };
  return {
    send: (wire, deadlineMs) => send(inner, wire, deadlineMs),
    get busy() {
      return inner.active.size > 0;
    },
    close() {
      inner.closed = true;
      clearTimeout(inner.reconnect);
      for (const session of inner.sessions) session.destroy();
      for (const exchange of inner.waiting) settle(inner, exchange, { kind: "unsent", reason: "closed" });
    },
  };
}

function send(inner: Inner, wire: Wire, deadlineMs: number): Promise<Reply> {
  const leftMs = deadlineMs - Date.now();
  if (inner.closed || leftMs <= 0)
    return Promise.resolve({ kind: "unsent", reason: inner.closed ? "closed" : "deadline_exceeded" });
  return new Promise((resolve) => {
    const exchange: Exchange = {
      wire,
      limitMs: monotonicMs() + leftMs,
      resolve,
      settled: false,
      resent: false,
      attempt: undefined,
      slot: -1,
    };
    inner.active.add(exchange);
    inner.sweep ??= setInterval(sweep, SWEEP_MS, inner);
    // Nobody is before it in line, and there is room: the usual case.
    const session = inner.waiting.size === 0 ? roomiest(inner) : undefined;
    if (session) {
      session.start(exchange);
      return;
    }
    inner.waiting.add(exchange);
    pump(inner);
  });
}

function settle(inner: Inner, exchange: Exchange, reply: Reply): void {
  if (exchange.settled || (reply.kind === "unsent" && again(inner, exchange))) return;
  exchange.settled = true;
  remove(inner, exchange);
  exchange.resolve(reply);
}

/** Puts a request that the provider did not take back in line, once. */
function again(inner: Inner, exchange: Exchange): boolean {
  if (exchange.resent || inner.closed || monotonicMs() >= exchange.limitMs) return false;
  exchange.resent = true;
  exchange.attempt = undefined;
  inner.waiting.add(exchange);
  setImmediate(pump, inner);
  return true;
}

function remove(inner: Inner, exchange: Exchange): void {
  if (inner.waiting.size > 0) inner.waiting.delete(exchange);
  inner.active.remove(exchange);
  if (inner.active.size > 0) return;
  clearInterval(inner.sweep);
  inner.sweep = undefined;
}

function sweep(inner: Inner): void {
  const nowMs = monotonicMs();
  inner.active.forEach((exchange) => {
    if (nowMs < exchange.limitMs) return;
    if (exchange.attempt) expire(exchange.attempt);
    else settle(inner, exchange, { kind: "unsent", reason: "deadline_exceeded" });
  });
}

function pump(inner: Inner): void {
  for (const exchange of inner.waiting) {
    const session = roomiest(inner);
    if (session === undefined) break;
    inner.waiting.delete(exchange);
    session.start(exchange);
  }
  if (inner.waiting.size > 0) grow(inner);
}

function roomiest({ sessions }: Inner): Session | undefined {
  let best: Session | undefined;
  let bestRoom = 0;
  for (const session of sessions) {
    const room = session.room();
    if (room > bestRoom) [best, bestRoom] = [session, room];
  }
  return best;
}

/** Opens what the waiting requests need beyond the sessions that are just coming up. */
function grow(inner: Inner): void {
  if (inner.closed || inner.reconnect !== undefined) return;
  const { maxSessions, expectedStreams } = inner.options;
  const usable = [...inner.sessions].filter(({ state }) => state === "connecting" || state === "open");
  const comingUp = usable.filter((session) => session.comingUp).length;
  const needed = Math.ceil(inner.waiting.size / expectedStreams) - comingUp;
  const free = maxSessions - usable.length;
  for (let count = Math.min(needed, free); count > 0; count--) addSession(inner);
}

function addSession(inner: Inner): void {
  const { host, port, open, oneUntilProven } = inner.options;
  const session: Session = h2Session({
    host,
    ...(port !== undefined && { port }),
    open,
    ...(oneUntilProven && { oneUntilProven, onRefused: (answer) => refuseWaiting(inner, answer) }),
    onReply: (exchange, reply) => settle(inner, exchange, reply),
    onChange: (failure) => {
      if (session.state === "over") inner.sessions.delete(session);
      if (failure !== undefined) failed(inner, failure);
      else pump(inner);
    },
  });
  inner.sessions.add(session);
}

/** One by one they would spend their deadlines on hearing the same, and the provider counts every refusal. */
function refuseWaiting(inner: Inner, answer: Answer): void {
  for (const exchange of inner.waiting) settle(inner, exchange, answer);
}

/** No connection came up: whoever has seen that once already is told, the others wait for one more. */
function failed(inner: Inner, reason: string): void {
  if ([...inner.sessions].some(({ state }) => state !== "retiring")) {
    pump(inner);
    return;
  }
  for (const exchange of inner.waiting) {
    if (exchange.resent) settle(inner, exchange, { kind: "unsent", reason });
    else exchange.resent = true;
  }
  if (inner.closed || inner.waiting.size === 0 || inner.reconnect !== undefined) return;
  inner.reconnect = setTimeout(
    () => {
      inner.reconnect = undefined;
      pump(inner);
    },
    RECONNECT_MS.least + Math.random() * RECONNECT_MS.spread,
  );
}
