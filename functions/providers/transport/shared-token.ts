import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Sealer } from "./seal.ts";

export type StoredToken = { sealed: string; issuedAtMs: number; version: number };

/** Where the environments of a deployment share their access tokens. */
export type TokenStore = {
  get(key: string): Promise<StoredToken | undefined>;
  /** False when another environment has written since `expectedVersion` was read. */
  put(
    key: string,
    token: { sealed: string; issuedAtMs: number },
    expectedVersion: number | undefined,
    ttlMs: number,
  ): Promise<boolean>;
};

export type TokenTimes = {
  /** From this age on it is renewed, somewhere in `spreadMs` so that environments do not all try at once. */
  renewAfterMs: number;
  spreadMs: number;
  /** Not used from this age on. */
  lifeMs: number;
  /** No new one is made within this time of the last. */
  leastAgeMs: number;
};

export type SharedTokenOptions = {
  key: string;
  store: TokenStore;
  sealer: Sealer;
  times: TokenTimes;
  make(): Promise<string>;
  now(): number;
};

/** No token can be had now: what that means for a target. */
export class TokenError extends Error {
  readonly outcome: Outcome;
  constructor(outcome: Outcome) {
    super(`no access token: ${outcome.reason}`);
    this.name = "TokenError";
    this.outcome = outcome;
  }
}

/** What a send that found no token means for its target. Other errors are bugs and go on. */
export function outcomeWithoutToken(error: unknown): Outcome {
  if (error instanceof TokenError) return error.outcome;
  throw error;
}

/**
 * What is awaited for one target, no longer than that target has time; what all of them wait for goes on.
 * @throws TokenError when the time is over first
 */
export async function inTime<T>(token: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = () => reject(new TokenError({ kind: "retry", reason: "deadline_exceeded" }));
    timer = setTimeout(fail, Math.max(0, deadlineMs - Date.now()));
  });
  try {
    return await Promise.race([token, late]);
  } finally {
    clearTimeout(timer);
  }
}

type Held = { token: string; issuedAtMs: number };

export type SharedToken = {
  /** The token if it needs no renewal: the hot path, without a promise. */
  current(): string | undefined;
  /** @throws TokenError when there is none and none can be made */
  get(): Promise<string>;
  /** A token other than the one the provider refused, or undefined while none may be made. */
  insteadOf(refused: string): Promise<string | undefined>;
};

/**
 * One access token for all environments: read from the store, renewed ahead by the one whose conditional write
 * wins; the losers take the winner's.
 */
export function sharedToken(options: SharedTokenOptions): SharedToken {
  const { times, now } = options;
  const renewAfterMs = times.renewAfterMs + Math.random() * times.spreadMs;
  let held: Held | undefined;
  let renewal: Promise<Held> | undefined;
  const ageOf = ({ issuedAtMs }: Held) => now() - issuedAtMs;
  const fresh = (found: Held | undefined) => found !== undefined && ageOf(found) < renewAfterMs;
  const renew = (refused?: string) => {
    renewal ??= renewed(options, { held, refused, fresh }).finally(() => {
      renewal = undefined;
    });
    return renewal;
  };
  return {
    current: () => (fresh(held) ? held?.token : undefined),
    async get() {
      if (!fresh(held)) held = await orOld(renew(), held && ageOf(held) < times.lifeMs ? held : undefined);
      return held!.token;
    },
    async insteadOf(refused) {
      if (held && held.token !== refused) return held.token;
      const next = await orOld(renew(refused), undefined);
      held = next;
      return next.token === refused ? undefined : next.token;
    },
  };
}

/** While the old token lives, a renewal that fails is no reason to stop sending. */
async function orOld(renewal: Promise<Held>, old: Held | undefined): Promise<Held> {
  try {
    return await renewal;
  } catch (error) {
    if (old) return old;
    throw error instanceof TokenError
      ? error
      : new TokenError({ kind: "retry", reason: "token_unavailable" });
  }
}

type Renewal = { held: Held | undefined; refused: string | undefined; fresh(found: Held): boolean };

async function renewed(options: SharedTokenOptions, { held, refused, fresh }: Renewal): Promise<Held> {
  const { key, store, sealer, times, now } = options;
  const stored = await store.get(key);
  const found = stored && unsealed(options, stored);
  const usable = found && found.token !== refused && fresh(found);
  if (usable) return found;
  const newest = found ?? held;
  if (newest && now() - newest.issuedAtMs < times.leastAgeMs) return newest;
  const issuedAtMs = now();
  const made: Held = { token: await options.make(), issuedAtMs };
  const sealed = sealer.seal(made.token);
  if (await store.put(key, { sealed, issuedAtMs }, stored?.version, times.lifeMs)) return made;
  const winner = await store.get(key);
  return (winner && unsealed(options, winner)) ?? made;
}

function unsealed({ sealer }: SharedTokenOptions, { sealed, issuedAtMs }: StoredToken): Held | undefined {
  const token = sealer.open(sealed);
  return token === undefined ? undefined : { token, issuedAtMs };
}
