import { sha256Hex } from "../core/hash.ts";
import type { Device, Token } from "../core/recipient/device.ts";
import { type AppleTokenType, kindOfLetter, TOKEN_KINDS } from "../core/token-kinds.ts";

/**
 * A recipient's devices as one JSON text with short names. A broadcast reads every one of them: as a map of maps they
 * were twice as long, and reading them cost five times the CPU (docs/adr/0014).
 */
type PackedToken = [kind: string, token: string, registeredAtMs: number, rest?: TokenRest];
type TokenRest = {
  /** Hash, where the token itself is no longer kept. */
  h?: string;
  e?: Token["environment"];
  b?: string;
  /** Live Activity, push type. */
  a?: string;
  p?: AppleTokenType;
  k?: [p256dh: string, auth: string];
  g?: number;
  y?: string;
};
type PackedDevice = {
  i: string;
  p: Device["platform"];
  /** Status, unless active. */
  s?: Device["status"];
  r: number;
  l: number;
  t: PackedToken[];
  /** Invalidated at, and why. */
  x?: number;
  y?: string;
  b?: string;
  m?: string;
  o?: string;
  v?: string;
  c?: string;
  z?: string;
};

export const packDevices = (devices: readonly Device[]): string => JSON.stringify(devices.map(packDevice));

/** @throws Error when a token is of a kind that only a newer version knows */
export const unpackDevices = (text: string): Device[] =>
  (JSON.parse(text) as PackedDevice[]).map(unpackDevice);

function packDevice(device: Device): PackedDevice {
  const { id, platform, status, registeredAtMs, lastSeenAtMs, tokens, invalidatedAtMs, reason } = device;
  const { brand, model, os, appVersion, locale, zone } = device;
  return {
    i: id,
    p: platform,
    r: registeredAtMs,
    l: lastSeenAtMs,
    t: tokens.map(packToken),
    ...(status !== "active" && { s: status }),
    ...(invalidatedAtMs !== undefined && { x: invalidatedAtMs }),
    ...(reason !== undefined && { y: reason }),
    ...(brand !== undefined && { b: brand }),
    ...(model !== undefined && { m: model }),
    ...(os !== undefined && { o: os }),
    ...(appVersion !== undefined && { v: appVersion }),
    ...(locale !== undefined && { c: locale }),
    ...(zone !== undefined && { z: zone }),
  };
}

function unpackDevice(packed: PackedDevice): Device {
  const { i, p, s, r, l, t, x, y, b, m, o, v, c, z } = packed;
  const device: Device = {
    id: i,
    platform: p,
    status: s ?? "active",
    registeredAtMs: r,
    lastSeenAtMs: l,
    tokens: t.map(unpackToken),
  };
  if (x !== undefined) device.invalidatedAtMs = x;
  if (y !== undefined) device.reason = y;
  if (b !== undefined) device.brand = b;
  if (m !== undefined) device.model = m;
  if (o !== undefined) device.os = o;
  if (v !== undefined) device.appVersion = v;
  if (c !== undefined) device.locale = c;
  if (z !== undefined) device.zone = z;
  return device;
}

function packToken({ kind, token, hash, registeredAtMs, ...more }: Token): PackedToken {
  const { environment, bundleId, activity, pushType, keys, goneAtMs, goneReason } = more;
  const rest: TokenRest = {
    ...(token === "" && { h: hash }),
    ...(environment !== undefined && { e: environment }),
    ...(bundleId !== undefined && { b: bundleId }),
    ...(activity !== undefined && { a: activity }),
    ...(pushType !== undefined && { p: pushType }),
    ...(keys !== undefined && { k: [keys.p256dh, keys.auth] }),
    ...(goneAtMs !== undefined && { g: goneAtMs }),
    ...(goneReason !== undefined && { y: goneReason }),
  };
  const packed: PackedToken = [TOKEN_KINDS[kind].letter, token, registeredAtMs];
  if (Object.keys(rest).length > 0) packed.push(rest);
  return packed;
}

function unpackToken([letter, text, registeredAtMs, rest]: PackedToken): Token {
  const kind = kindOfLetter(letter);
  if (kind === undefined) throw new Error(`a device holds a token of the unknown kind "${letter}"`);
  const token: Token = { kind, token: text, hash: rest?.h ?? sha256Hex(text), registeredAtMs };
  if (rest === undefined) return token;
  if (rest.e !== undefined) token.environment = rest.e;
  if (rest.b !== undefined) token.bundleId = rest.b;
  if (rest.a !== undefined) token.activity = rest.a;
  if (rest.p !== undefined) token.pushType = rest.p;
  if (rest.k !== undefined) token.keys = { p256dh: rest.k[0], auth: rest.k[1] };
  if (rest.g !== undefined) token.goneAtMs = rest.g;
  if (rest.y !== undefined) token.goneReason = rest.y;
  return token;
}
