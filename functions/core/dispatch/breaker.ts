import { type Outcome, wasAnswered } from "./outcome.ts";

/** Failures in a row that open it. */
const FAILURES = 5;
/** The same of environments that have had no answer for a while, all together: a message has three attempts. */
const FAILURES_TOGETHER = 3;
/** An answer in so short a time says that the provider is well: a failure beside it is the target's or chance. */
const WELL_MS = 10_000;
/** Nothing answered for so long, with requests under way: it opens before their deadlines are over. */
const SILENCE_MS = 3_000;
const PROBE_EVERY_MS = 1_000;
/** Hundreds of environments ask whose turn it is: each a little less often. */
const TURN_SPREAD_MS = 3_000;
/** So many times as long as a probe took an environment asks nothing: a quarter of its time at most. */
const REST_SHARE = 3;
const WAIT_MS = { least: 1_000, most: 20_000 };
/** The longer it lasts, the rarer its jobs come back: a quarter of the outage so far. */
const WAIT_SHARE = 0.25;

export type BreakerState = { kind: "closed" } | { kind: "open"; waitMs: number };

/**
 * One environment's view of whether an app's provider answers. While it does not, jobs wait instead of spending their
 * attempts and the time of everybody behind them; one probe a second finds out when it does again.
 */
export type Breaker = {
  state(app: string, provider: string): BreakerState;
  /** A request begins; its outcome is told by the returned function. */
  begin(app: string, provider: string): (outcome: Outcome) => void;
  /** Whether a probe may go out now; who gets it says when it is over. */
  takeProbe(app: string, provider: string): boolean;
  probed(app: string, provider: string): void;
  /** It failed here, and has not answered for a while: what others have seen says whether it is silent. */
  isDoubtful(app: string, provider: string): boolean;
  /** Environments have seen so many failures in a row, all together. */
  failedElsewhere(app: string, provider: string, failures: number): void;
  /**
   * It was another environment's turn to ask; `answeredAtMs` is when any of them last had an answer.
   * @returns whether the provider is well again
   */
  askedElsewhere(app: string, provider: string, answeredAtMs: number): boolean;
};

type Entry = {
  /** Since the last answer. */
  failures: number;
  openSinceMs: number | undefined;
  nextProbeMs: number;
  /** Since when a probe is under way. */
  probingSinceMs: number | undefined;
  lastAnswerMs: number;
  /** When each request under way began. */
  underWay: Map<symbol, number>;
};

const FAILED: ReadonlySet<Outcome["kind"]> = new Set(["retry", "unknown"]);
/** What says that the provider may not be there, not that it will not have this target or that we could not ask. */
export const isFailure = ({ kind, unasked }: Outcome): boolean => FAILED.has(kind) && !unasked;

/** Entries without trouble or requests are forgotten beyond this many. */
const KEPT = 1_000;

export type BreakerPorts = {
  now(): number;
  random(): number;
  /** An app's provider has fallen silent, or answers again after `lastedMs`. */
  changed?(app: string, provider: string, to: { open: true } | { open: false; lastedMs: number }): void;
};

export function createBreaker({ now, random, changed }: BreakerPorts): Breaker {
  const entryOf = entryBook();
  const open = (app: string, provider: string, entry: Entry) => {
    if (entry.openSinceMs !== undefined) return;
    entry.openSinceMs = now();
    entry.nextProbeMs = now() + PROBE_EVERY_MS;
    changed?.(app, provider, { open: true });
  };
  const close = (app: string, provider: string, entry: Entry) => {
    entry.failures = 0;
    entry.lastAnswerMs = now();
    if (entry.openSinceMs === undefined) return;
    changed?.(app, provider, { open: false, lastedMs: now() - entry.openSinceMs });
    entry.openSinceMs = undefined;
  };
  return {
    isDoubtful(app, provider) {
      const { failures, openSinceMs, lastAnswerMs } = entryOf(app, provider);
      return openSinceMs === undefined && failures > 0 && now() - lastAnswerMs > WELL_MS;
    },
    failedElsewhere(app, provider, failures) {
      if (failures >= FAILURES_TOGETHER) open(app, provider, entryOf(app, provider));
    },
    askedElsewhere(app, provider, answeredAtMs) {
      const entry = entryOf(app, provider);
      if (entry.openSinceMs === undefined || answeredAtMs > entry.openSinceMs) {
        close(app, provider, entry);
        return true;
      }
      entry.nextProbeMs = now() + PROBE_EVERY_MS + random() * TURN_SPREAD_MS;
      return false;
    },
    state(app, provider) {
      const entry = entryOf(app, provider);
      if (isSilent(entry, now())) open(app, provider, entry);
      if (entry.openSinceMs === undefined) return { kind: "closed" };
      const lastsMs = (now() - entry.openSinceMs) * WAIT_SHARE;
      const waitMs = Math.min(WAIT_MS.most, Math.max(WAIT_MS.least, lastsMs));
      return { kind: "open", waitMs: Math.round(waitMs * (0.5 + random() / 2)) };
    },
    begin(app, provider) {
      const entry = entryOf(app, provider);
      const own = Symbol();
      entry.underWay.set(own, now());
      return (outcome) => {
        entry.underWay.delete(own);
        if (isFailure(outcome)) {
          if (++entry.failures >= FAILURES) open(app, provider, entry);
        } else if (wasAnswered(outcome)) close(app, provider, entry);
      };
    },
    takeProbe(app, provider) {
      const entry = entryOf(app, provider);
      const mayNot = entry.probingSinceMs !== undefined || now() < entry.nextProbeMs;
      if (entry.openSinceMs === undefined || mayNot) return false;
      entry.probingSinceMs = now();
      entry.nextProbeMs = now() + PROBE_EVERY_MS;
      return true;
    },
    probed(app, provider) {
      const entry = entryOf(app, provider);
      if (entry.probingSinceMs === undefined) return;
      const tookMs = now() - entry.probingSinceMs;
      entry.probingSinceMs = undefined;
      entry.nextProbeMs = Math.max(entry.nextProbeMs, now() + REST_SHARE * tookMs);
    },
  };
}

function entryBook(): (app: string, provider: string) => Entry {
  const entries = new Map<string, Entry>();
  return (app, provider) => {
    const key = `${app}#${provider}`;
    const found = entries.get(key);
    if (found) return found;
    const fresh: Entry = {
      failures: 0,
      openSinceMs: undefined,
      nextProbeMs: 0,
      probingSinceMs: undefined,
      lastAnswerMs: 0,
      underWay: new Map(),
    };
    if (entries.size >= KEPT) forgetQuiet(entries);
    entries.set(key, fresh);
    return fresh;
  };
}

function isSilent({ underWay, lastAnswerMs }: Entry, nowMs: number): boolean {
  const [oldest] = underWay.values();
  return oldest !== undefined && nowMs - Math.max(oldest, lastAnswerMs) > SILENCE_MS;
}

function forgetQuiet(entries: Map<string, Entry>): void {
  for (const [key, { openSinceMs, underWay }] of entries)
    if (openSinceMs === undefined && underWay.size === 0) entries.delete(key);
}
