import type { JobRules } from "../ledger/ledger.ts";
import type { WebhookFormat } from "../recipient/address.ts";
import { type DeviceTokenKind, kindOfLetter, TOKEN_KINDS } from "../token-kinds.ts";
import type { Channel, Priority, ProviderName } from "../words.ts";
import type { Target, TokenKind } from "./provider.ts";

/** What a target's token needs beside itself; short keys, because 600 of them share one message. */
export type WireExtra = {
  e?: "s" | "p";
  b?: string;
  p?: string;
  a?: string;
  l?: string;
  /** Webhooks: format, and the robot's secret. */
  f?: WebhookFormat;
  s?: string;
  /** Broadcast channels: messages are stored. */
  k?: 1;
};

/** [user, device, kind, token, registered at (ms), extra or the locale alone] */
export type WireTarget = [string, string, WireKind, string, number, (WireExtra | string)?];
/** `A`: an APNs token whose hex digits travel as base64url, a third shorter. */
type WireKind = (typeof TOKEN_KINDS)[DeviceTokenKind]["letter"] | "A" | "-" | OtherLetter;
type OtherLetter = (typeof OTHER_LETTERS)[OtherKind];
/** Targets that are no device: persisted like the letters of tokens. */
const OTHER_LETTERS = {
  socket: "s",
  email: "@",
  phone: "+",
  webhook: "/",
  fcmTopic: "T",
  fcmCondition: "C",
  apnsChannel: "B",
} as const;
type OtherKind = keyof typeof OTHER_LETTERS;
const OTHER_KINDS = new Map(
  Object.entries(OTHER_LETTERS).map(([kind, letter]): [string, OtherKind] => [letter, kind as OtherKind]),
);
const isOther = (kind: TokenKind): kind is OtherKind => Object.hasOwn(OTHER_LETTERS, kind);

/** One queue message: one notification x one channel x one provider x the targets that fit into ~128 KB. */
export type Job = {
  /** 2: to providers or targets that version 0.1 did not know; its workers leave such a job waiting (docs/adr/0017). */
  v: 1 | 2;
  kind: "job";
  app: string;
  notification: string;
  bucket: number;
  id: string;
  channel: Channel;
  provider: ProviderName;
  priority: Priority;
  category: string;
  rules: JobRules;
  /** Hash over the users and devices of all positions: the body a ledger belongs to. */
  digest: string;
  createdAtMs: number;
  /** When it was to go out, where that was later. */
  sendAtMs?: number;
  expiresAtMs: number;
  /** Its people were read then at the latest: who was erased or moved since is not sent to. */
  plannedAtMs: number;
  /** How often the message was sent again with a delay. */
  hops: number;
  /** Jobs of the whole notification, where they close in its header (a short list). */
  ofJobs?: number;
  /** Start key of its page, where what becomes of it may send somebody to the next rung. */
  page?: string;
  /** The only job of a short list whose rungs wait for no time: once all of it is accepted, nobody climbs. */
  lone?: true;
  /** Part of a walk over everyone: waits behind lists of its app. */
  walk: boolean;
  traceparent?: string;
  targets: WireTarget[];
};

const letterOf = (kind: TokenKind): WireKind =>
  isOther(kind) ? OTHER_LETTERS[kind] : TOKEN_KINDS[kind].letter;

function kindOf(letter: WireKind): TokenKind | undefined {
  if (letter === "A") return "apns";
  return OTHER_KINDS.get(letter) ?? kindOfLetter(letter);
}

/** A position whose device or user vanished between the plan row and its replay. */
export const VANISHED: WireTarget = ["", "", "-", "", 0];
/** The same for another reason: whom it stood for is not to be sent to any more. */
export const withdrawn = (why: string): WireTarget => ["", "", "-", "", 0, why];
/** Why there is no target at a position, as a reason code. */
export const whyEmpty = ([, , kind, , , why]: WireTarget): string =>
  kind === "-" && typeof why === "string" ? why : "device_removed";

export function toWire(target: Omit<Target, "messageId">, registeredAtMs: number): WireTarget {
  const extra: WireExtra = {};
  if (target.environment) extra.e = target.environment === "sandbox" ? "s" : "p";
  if (target.bundleId) extra.b = target.bundleId;
  if (target.keys) {
    extra.p = target.keys.p256dh;
    extra.a = target.keys.auth;
  }
  if (target.locale) extra.l = target.locale;
  if (target.format) extra.f = target.format;
  if (target.secret) extra.s = target.secret;
  if (target.stored) extra.k = 1;
  const [kind, token] = packToken(target);
  const wire: WireTarget = [target.user, target.device, kind, token, registeredAtMs];
  const { l, ...rest } = extra;
  if (Object.keys(rest).length > 0) wire.push(extra);
  else if (l !== undefined) wire.push(l);
  return wire;
}

const LOWER_HEX = /^(?:[0-9a-f]{2})+$/;

const packToken = ({ kind, token }: Pick<Target, "kind" | "token">): [WireKind, string] =>
  kind === "apns" && LOWER_HEX.test(token)
    ? ["A", Buffer.from(token, "hex").toString("base64url")]
    : [letterOf(kind), token];

/** The token as it was registered. */
export const tokenOf = ([, , kind, token]: WireTarget): string =>
  kind === "A" ? Buffer.from(token, "base64url").toString("hex") : token;

/** The target at a position, or undefined when it vanished before it could be sent. */
export function fromWire(wire: WireTarget, messageId: string): Target | undefined {
  const [user, device, wireKind, , , more] = wire;
  const extra: WireExtra | undefined = typeof more === "string" ? { l: more } : more;
  const kind = kindOf(wireKind);
  if (kind === undefined) return undefined;
  const target: Target = { user, device, kind, token: tokenOf(wire), messageId };
  // Unsaid: the app's credentials say which host the token belongs to.
  if (extra?.e) target.environment = extra.e === "s" ? "sandbox" : "production";
  if (extra?.b) target.bundleId = extra.b;
  if (extra?.p && extra.a) target.keys = { p256dh: extra.p, auth: extra.a };
  if (extra?.l) target.locale = extra.l;
  if (extra?.f) target.format = extra.f;
  if (extra?.s) target.secret = extra.s;
  if (extra?.k) target.stored = true;
  return target;
}

export const registeredAtMs = (wire: WireTarget): number => wire[4];
