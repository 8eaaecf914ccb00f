import type { App } from "../core/app/app.ts";
import { AppError } from "../core/errors/app-error.ts";
import type { SendRequest } from "../core/notification/request.ts";
import { rateStore } from "../storage/rates.ts";
import { now, tableOf } from "./clients.ts";
import { settings } from "./env.ts";

type Window = { id: number; granted: number; used: number; before: number; taken: number; refused: boolean };

const windows = new Map<string, Window>();
const MAX_WINDOWS = 5_000;

export type Limit = {
  name: string;
  limit: number;
  windowMs: number;
  /** Most that is leased at a time: a block costs one write. */
  block: number;
  /** Free uses per window and environment before the first lease. */
  free?: number;
};

export type RateState = { limit: number; remaining: number; resetS: number };

/**
 * Counts one use against a limit that all environments share.
 * @throws AppError rate_limited with Retry-After and RateLimit headers
 */
export async function countUse(limit: Limit): Promise<RateState> {
  const nowMs = now();
  const id = Math.floor(nowMs / limit.windowMs);
  const resetS = Math.max(1, Math.ceil(((id + 1) * limit.windowMs - nowMs) / 1000));
  const window = windowOf(limit, id);
  if (window.used >= window.granted && !window.refused) await leaseBlock(limit, window, nowMs);
  if (window.used >= window.granted) {
    throw new AppError(
      "rate_limited",
      `more than ${limit.limit} requests in ${limit.windowMs / 1000} s for ${limit.name.split("#")[0]}`,
      {
        retryAfterS: resetS,
        headers: rateHeaders({ limit: limit.limit, remaining: 0, resetS }),
      },
    );
  }
  window.used++;
  // What others have leased since is not known here: the figure is at most one lease old.
  return { limit: limit.limit, remaining: limit.limit - window.taken + window.granted - window.used, resetS };
}

function windowOf(limit: Limit, id: number): Window {
  const known = windows.get(limit.name);
  if (known?.id === id) return known;
  if (windows.size >= MAX_WINDOWS) windows.clear();
  const before = known?.id === id - 1 ? known.used : 0;
  const fresh = { id, granted: limit.free ?? 0, used: 0, before, taken: 0, refused: false };
  windows.set(limit.name, fresh);
  return fresh;
}

async function leaseBlock(limit: Limit, window: Window, nowMs: number): Promise<void> {
  // As much as this environment is likely to use: what many of them lease and leave would starve the others.
  const likely = window.used === 0 ? Math.floor(window.before / 2) : window.used;
  const amount = Math.max(1, Math.min(likely, limit.block));
  const taken = await rateStore(tableOf("guard")).lease(
    limit.name,
    limit.windowMs,
    amount,
    limit.limit,
    nowMs,
  );
  if (taken === undefined) {
    window.refused = true;
    return;
  }
  window.granted += amount;
  window.taken = taken;
}

/** RateLimit header fields (IETF draft, the form in use: limit, remaining, reset in seconds). */
export const rateHeaders = ({ limit, remaining, resetS }: RateState): Record<string, string> => ({
  "RateLimit-Limit": String(limit),
  "RateLimit-Remaining": String(remaining),
  "RateLimit-Reset": String(resetS),
});

/** Requests per second of one app, leased in tenths. */
export function countAppRequest(app: App): Promise<RateState> {
  const limit = app.limits.requestsPerS ?? settings().limits.appRequestsPerS;
  return countUse({
    name: `app#${app.id}`,
    limit,
    windowMs: 1_000,
    block: Math.max(1, Math.ceil(limit / 10)),
  });
}

/** People named one by one in requests: beyond this many in a list they are a campaign, not a bomb. */
const GUARDED_RECIPIENTS = 25;
/** Once a minute costs no write. More would be so many times as many environments: a loop meets all of them. */
const FREE_PER_ENVIRONMENT = 1;

/** 100 notifications a minute for one person: somebody else's loop must not bomb them. */
export async function guardRecipients(app: App, { to }: SendRequest): Promise<void> {
  const users = "users" in to ? to.users : "devices" in to ? to.devices.map(({ user }) => user) : [];
  const named = new Set(users);
  if (named.size > GUARDED_RECIPIENTS) return;
  const limit = settings().limits.recipientPerMin;
  const free = Math.min(FREE_PER_ENVIRONMENT, limit);
  await Promise.all(
    [...named].map((user) =>
      countUse({
        name: `recipient#${app.id}#${user}`,
        limit,
        windowMs: 60_000,
        block: Math.max(1, Math.floor(limit / 10)),
        free,
      }),
    ),
  );
}

/** End users and addresses. */
export const countUserRequest = (app: string, user: string): Promise<RateState> =>
  countInMinute(`user#${app}#${user}`);

/** A connect costs as many frames as its user has not acknowledged: a loop of them would take everybody's place. */
export const countConnect = (app: string, user: string): Promise<RateState> =>
  countInMinute(`connect#${app}#${user}`, 1);

function countInMinute(name: string, free = 0): Promise<RateState> {
  const limit = settings().limits.userRequestsPerMin;
  const block = Math.max(1, Math.floor(limit / 10));
  return countUse({ name, limit, windowMs: 60_000, block, free: Math.min(free, limit) });
}

export const countAddressRequest = (address: string): Promise<RateState> => countAddress(address);

/** A single connect costs no write: an address of which more come in a second is asked for. */
export const countAddressConnect = (address: string): Promise<RateState> => countAddress(address, 1);

/** Requests and connects of an address are one rate. */
function countAddress(address: string, free = 0): Promise<RateState> {
  const limit = settings().limits.addressRequestsPerS;
  const block = Math.max(1, Math.ceil(limit / 5));
  return countUse({ name: `address#${address}`, limit, windowMs: 1_000, block, free: Math.min(free, limit) });
}
