import { AppError } from "../errors/app-error.ts";
import { sha256Hex } from "../hash.ts";
import { providerOf } from "../token-kinds.ts";
import type { Device, DeviceInput, Recipient, Token, TokenInput } from "./device.ts";
import { checkSize } from "./item-size.ts";
import { withDevice } from "./make-room.ts";
import { untilFirst } from "./races.ts";
import { heldBy, released } from "./released-tokens.ts";
import { withoutToken } from "./remove-token.ts";
import type { SaveUserPorts, Stored } from "./save-user.ts";

export type TokenOwner = {
  user: string;
  device: string;
  /** The user holds the token since then; what was sent to it before was sent to somebody else, or to nobody. */
  sinceMs?: number;
};

/** A change of who holds which tokens: all of it happens, or nothing. */
export type TokenMove = {
  app: string;
  /** Recipients as they shall be, with the revision each was read at (0 = new). */
  recipients: Stored[];
  /** Tokens that change hands: new owner, and the owner that was read (undefined = nobody). */
  taken: { hash: string; owner: TokenOwner; before: TokenOwner | undefined }[];
  /** Tokens that belong to nobody from now on. */
  dropped: { hash: string; before: TokenOwner }[];
};

export type RegisterPorts = SaveUserPorts & {
  owner(app: string, hash: string): Promise<TokenOwner | undefined>;
  /** When the user was last erased; undefined where it was no time ago that matters to a client token. */
  erasedAtMs(app: string, user: string): Promise<number | undefined>;
  /** False when anything was changed by somebody else in between. */
  move(move: TokenMove): Promise<boolean>;
  /** Tells jobs under way that this device must not be sent to any more: a token of it has moved. */
  noteMoved(app: string, from: TokenOwner): Promise<void>;
  /** The same: it has made room for another. */
  noteErased(app: string, place: TokenOwner): Promise<void>;
  /** @throws AppError endpoint_refused */
  checkEndpoint(url: string, pointer: string): void;
  /** A browser has subscribed for the first time, and is registered. Never throws. */
  subscribed(app: string, browser: TokenOwner, hash: string): Promise<void>;
};

export type Registration = {
  app: string;
  user: string;
  device: string;
  input: DeviceInput;
  /** When the client token was issued that asks for it; services have none. */
  tokenIssuedAtMs?: number;
};

/** Tombstones of a device that Explain may still ask for. */
const MAX_TOMBSTONES = 5;

/**
 * Registers a device: its tokens are exactly the given ones, it is active and seen now. A token that belongs to
 * another user or device moves here in the same transaction. The same registration again is one write.
 * @throws AppError endpoint_refused, limit_reached, conflict, invalid_request, unauthorized
 */
export async function registerDevice(ports: RegisterPorts, registration: Registration): Promise<Device> {
  const tokens = tokensOf(ports, registration.input);
  return untilFirst(
    () => registerOnce(ports, registration, tokens),
    ports.pause,
    `user ${registration.user} or a token of device ${registration.device}`,
  );
}

async function registerOnce(
  ports: RegisterPorts,
  registration: Registration,
  tokens: readonly Token[],
): Promise<Device | undefined> {
  const { app, user } = registration;
  const nowMs = ports.now();
  const stored = await ports.get(app, user);
  if (stored === undefined) await refuseOlderToken(ports, registration);
  const before: Recipient = stored?.recipient ?? { app, user, createdAtMs: nowMs, devices: [] };
  const held = before.devices.find(({ id }) => id === registration.device);
  const fresh = tokens.filter(({ hash }) => !holds(held, hash));
  const foreign = await holders(ports, registration, fresh);
  const device = deviceOf(registration, held, tokens, nowMs);
  const { recipient, left } = withDevice(strippedOwn(before, foreign, nowMs), device);
  checkSize(recipient, stored?.recipient);
  const givenUp = [...(held ? [held] : []), ...left].flatMap((one) => heldBy(one, user, tokens));
  const move: TokenMove = {
    app,
    recipients: [{ recipient, revision: stored?.revision ?? 0 }, ...strippedOthers(foreign, user, nowMs)],
    taken: fresh.map(({ hash }) => {
      const owner = foreign.find((token) => token.hash === hash)?.owner;
      return { hash, owner: takenOver(owner, { user, device: device.id }, nowMs), before: owner };
    }),
    dropped: await released(givenUp, (hash) => ports.owner(app, hash)),
  };
  if (!(await write(ports, move, { user, foreign, left }))) return undefined;
  if (stored === undefined) await ports.counted(app, user, 1);
  const subscription = firstSubscription(held, tokens, foreign);
  if (subscription) await ports.subscribed(app, { user, device: device.id }, subscription.hash);
  return device;
}

/**
 * Whoever registers for somebody who is not there creates them: not by a token from before they were erased.
 * @throws AppError unauthorized
 */
async function refuseOlderToken(
  ports: RegisterPorts,
  { app, user, tokenIssuedAtMs }: Registration,
): Promise<void> {
  if (tokenIssuedAtMs === undefined) return;
  const erasedAtMs = await ports.erasedAtMs(app, user);
  // A token says the second: one of the same second may have been issued behind the erasure.
  if (erasedAtMs === undefined || tokenIssuedAtMs >= Math.floor(erasedAtMs / 1000) * 1000) return;
  throw new AppError("unauthorized", "the token was issued before this user was erased: send a new one", {
    headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' },
  });
}

/** A browser that comes back with another subscription, or with one that somebody else had, is no new one. */
function firstSubscription(
  held: Device | undefined,
  tokens: readonly Token[],
  foreign: readonly Foreign[],
): Token | undefined {
  if (held?.tokens.some(({ kind }) => kind === "webpush")) return undefined;
  return tokens.find(({ kind, hash }) => kind === "webpush" && !foreign.some((token) => token.hash === hash));
}

async function write(
  ports: RegisterPorts,
  move: TokenMove,
  { user, foreign, left }: { user: string; foreign: readonly Foreign[]; left: readonly Device[] },
): Promise<boolean> {
  if (move.taken.length === 0 && move.dropped.length === 0) {
    const [{ recipient, revision }] = move.recipients as [Stored];
    return ports.save(recipient, revision);
  }
  // A token that moves between devices of one person still rings for the right one.
  const losers = foreign.filter(({ owner }) => owner.user !== user).map(({ owner }) => owner);
  // Tokens of those who made room are anybody's from now on; an unregistered device has none.
  const erased = left
    .filter(({ status }) => status !== "unregistered")
    .map(({ id }) => ({ user, device: id }));
  const note = () =>
    Promise.all([
      ...losers.map((from) => ports.noteMoved(move.app, from)),
      ...erased.map((place) => ports.noteErased(move.app, place)),
    ]);
  // Before, so that a crash behind the transaction leaves the warning; after, for jobs planned in between.
  await note();
  if (!(await ports.move(move))) return false;
  await note();
  return true;
}

/** A token that somebody else holds, with the record of who does. */
type Foreign = { hash: string; owner: TokenOwner; stored: Stored | undefined };

/** Between devices of one user a token changes no hands. */
function takenOver(before: TokenOwner | undefined, { user, device }: TokenOwner, nowMs: number): TokenOwner {
  if (before?.user !== user) return { user, device, sinceMs: nowMs };
  return { user, device, ...(before.sinceMs !== undefined && { sinceMs: before.sinceMs }) };
}

async function holders(
  ports: RegisterPorts,
  { app, user }: Registration,
  fresh: readonly Token[],
): Promise<Foreign[]> {
  const found = await Promise.all(
    fresh.map(async ({ hash }) => {
      const owner = await ports.owner(app, hash);
      return owner && { hash, owner };
    }),
  );
  const owned = found.filter((token) => token !== undefined);
  const others = [...new Set(owned.map(({ owner }) => owner.user))].filter((other) => other !== user);
  const records = new Map(
    await Promise.all(others.map(async (other) => [other, await ports.get(app, other)] as const)),
  );
  return owned.map((token) => ({ ...token, stored: records.get(token.owner.user) }));
}

const MOVED = "token_moved";

/** The recipient without tokens that move from one of the person's own devices to another. */
function strippedOwn(recipient: Recipient, foreign: readonly Foreign[], atMs: number): Recipient {
  return foreign
    .filter(({ owner }) => owner.user === recipient.user)
    .reduce((now, token) => stripped(now, token, atMs), recipient);
}

/** Everybody else who loses a token, once each. */
function strippedOthers(foreign: readonly Foreign[], user: string, atMs: number): Stored[] {
  const changed = new Map<string, Stored>();
  for (const token of foreign) {
    const stored = changed.get(token.owner.user) ?? token.stored;
    if (token.owner.user === user || stored === undefined) continue;
    changed.set(token.owner.user, { ...stored, recipient: stripped(stored.recipient, token, atMs) });
  }
  return [...changed.values()];
}

function stripped(recipient: Recipient, { hash, owner }: Foreign, atMs: number): Recipient {
  const devices = recipient.devices.map((device) => {
    const token = device.id === owner.device ? device.tokens.find((held) => held.hash === hash) : undefined;
    return token ? withoutToken(device, token, { atMs, reason: MOVED }) : device;
  });
  return { ...recipient, devices };
}

const holds = (device: Device | undefined, hash: string): boolean =>
  device?.tokens.some((token) => token.hash === hash && token.goneAtMs === undefined) ?? false;

function deviceOf(
  { device: id, input }: Registration,
  held: Device | undefined,
  tokens: readonly Token[],
  nowMs: number,
): Device {
  const { tokens: _tokens, ...described } = input;
  const tombstones = (held?.tokens ?? [])
    .filter(({ hash, goneAtMs }) => goneAtMs !== undefined && !tokens.some((token) => token.hash === hash))
    .sort((a, b) => (b.goneAtMs ?? 0) - (a.goneAtMs ?? 0))
    .slice(0, MAX_TOMBSTONES);
  return {
    ...(described as Omit<DeviceInput, "tokens">),
    id,
    tokens: [...tokens.map((token) => ({ ...token, registeredAtMs: nowMs })), ...tombstones],
    status: "active",
    registeredAtMs: nowMs,
    lastSeenAtMs: nowMs,
  } as Device;
}

/** @throws AppError endpoint_refused, invalid_request when one token is given twice */
function tokensOf(ports: Pick<RegisterPorts, "checkEndpoint">, input: DeviceInput): Token[] {
  const tokens = input.tokens.map((given, index) => {
    if (given.kind === "webpush") ports.checkEndpoint(given.endpoint, `/tokens/${index}/endpoint`);
    return tokenOf(given);
  });
  const twice = tokens.findIndex(
    ({ hash }, index) => tokens.findIndex((token) => token.hash === hash) < index,
  );
  if (twice >= 0) {
    const error = { pointer: `/tokens/${twice}`, detail: "is the same token as one before it" };
    throw new AppError("invalid_request", `${error.pointer}: ${error.detail}`, { errors: [error] });
  }
  return tokens;
}

function tokenOf(given: TokenInput): Token {
  const text = given.kind === "webpush" ? given.endpoint : tokenText(given);
  const base = { kind: given.kind, token: text, hash: sha256Hex(text), registeredAtMs: 0 };
  if (given.kind === "webpush") return { ...base, keys: given.keys };
  if (!isApple(given)) return base;
  const { environment, bundleId } = given;
  return {
    ...base,
    ...(environment && { environment }),
    ...(bundleId && { bundleId }),
    ...(given.kind === "apnsActivity" && { activity: given.activity }),
    ...(given.kind === "apnsTyped" && { pushType: given.pushType }),
  };
}

/** Keys of the owner rows of a device's tokens. */
export const tokenHashes = ({ tokens }: DeviceInput): string[] => tokens.map((given) => tokenOf(given).hash);

/** APNs tokens are hex in either case: one token has one text, so that it has one owner. */
const tokenText = (given: Exclude<TokenInput, { kind: "webpush" }>): string =>
  isApple(given) ? given.token.toLowerCase() : given.token;

const isApple = (given: TokenInput): given is Extract<TokenInput, { kind: `apns${string}` }> =>
  providerOf(given.kind) === "apns";
