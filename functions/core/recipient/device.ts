import * as z from "zod/mini";
import { identifier } from "../notification/fields.ts";
import { Id, LIMITS } from "../notification/request.ts";
import type { Preferences } from "../policy/preferences.ts";
import { string } from "../schema.ts";
import { isStorable, NOT_STORABLE } from "../storable.ts";
import {
  APPLE_TOKEN_TYPES,
  type AppleTokenType,
  type DeviceTokenKind,
  VENDOR_KINDS,
} from "../token-kinds.ts";
import { PLATFORMS } from "../words.ts";
import { EmailAddress, PhoneNumber, type Unreachable, WebhookAddress } from "./address.ts";

/** Provider tokens a device may hold, each running Live Activity's among them; of its roads one is taken. */
export const MAX_TOKENS = 12;
export const MAX_DEVICES = 20;

const locale = z
  .string()
  .check(z.maxLength(35), z.regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$/, "must be a BCP 47 tag"));
const zone = z.string().check(
  z.maxLength(64),
  z.refine((name) => isZone(name), "must be an IANA time zone"),
);
const short = z.string().check(z.minLength(1), z.maxLength(64), z.regex(/^[^\p{Cc}\p{Cs}]*$/u));
const bundleId = z.string().check(z.maxLength(155), z.regex(/^[A-Za-z0-9.-]+$/));
const hex = (max: number) =>
  z.string().check(z.minLength(32), z.maxLength(max), z.regex(/^[0-9a-fA-F]+$/, "must be hex"));
const apnsToken = {
  environment: z.optional(z.enum(["production", "sandbox"])),
  bundleId: z.optional(bundleId),
};
/** Tokens of other frameworks than UserNotifications are longer; Apple promises no length. */
const otherApnsToken = { token: hex(512), ...apnsToken };
const base64url = (min: number, max: number) =>
  z.string().check(z.minLength(min), z.maxLength(max), z.regex(/^[\w-]+=*$/));

function isZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
  } catch {
    return false; // Intl's only way to say that it does not know the zone
  }
}

/** Vendors join the tokens of a request with commas or semicolons. */
const vendorToken = z
  .string()
  .check(
    z.minLength(8),
    z.maxLength(512),
    z.regex(/^[\w:%.+/=~@#!*-]+$/, "must be a registration token: no blanks, commas or semicolons"),
  );

export const TokenInput = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("apns"),
    token: hex(200),
    ...apnsToken,
  }),
  /** Push-to-start token of the app's Live Activities. */
  z.strictObject({ kind: z.literal("apnsStart"), ...otherApnsToken }),
  /** Update token of one running Live Activity, under the app's own name of the activity. */
  z.strictObject({ kind: z.literal("apnsActivity"), activity: identifier(128), ...otherApnsToken }),
  /** Token of PushKit, a location, Push to Talk, widget or control push. */
  z.strictObject({ kind: z.literal("apnsTyped"), pushType: z.enum(APPLE_TOKEN_TYPES), ...otherApnsToken }),
  z.strictObject({
    kind: z.literal("fcmToken"),
    token: z.string().check(z.minLength(20), z.maxLength(1024), z.regex(/^[\w:%.-]+$/)),
  }),
  z.strictObject({
    kind: z.literal("fcmFid"),
    token: z.string().check(z.minLength(16), z.maxLength(64), z.regex(/^[\w-]+$/)),
  }),
  z.strictObject({
    kind: z.literal("webpush"),
    endpoint: z.string().check(z.minLength(12), z.maxLength(1024)),
    keys: z.strictObject({ p256dh: base64url(86, 90), auth: base64url(21, 26) }),
  }),
  z.strictObject({ kind: z.enum(VENDOR_KINDS), token: vendorToken }),
]);
export type TokenInput = z.infer<typeof TokenInput>;

/** An id that may be given to a device: pseudo devices of addresses (`~email`) must not be taken for one. */
export const DeviceId = string(
  z.minLength(1),
  z.maxLength(LIMITS.idLength),
  z.regex(
    /^[\w.:@+-][\w.:~@+-]*$/,
    "may hold letters, digits and . _ : ~ @ + -, and must not begin with ~ (such names are Clarion's own)",
  ),
);

/** PUT /v1/users/{user}/devices/{device} */
export const DeviceInput = z.strictObject({
  platform: z.enum(PLATFORMS),
  tokens: z.array(TokenInput).check(z.minLength(1), z.maxLength(MAX_TOKENS)),
  brand: z.optional(short),
  model: z.optional(short),
  os: z.optional(short),
  appVersion: z.optional(short),
  locale: z.optional(locale),
  zone: z.optional(zone),
});
export type DeviceInput = z.infer<typeof DeviceInput>;

/** PUT /v1/users/{user} */
export const UserInput = z.strictObject({
  name: z.optional(z.string().check(z.maxLength(128), z.regex(/^[^\p{Cc}\p{Cs}]*$/u))),
  locale: z.optional(locale),
  zone: z.optional(zone),
  email: z.optional(EmailAddress),
  /** E.164 */
  phone: z.optional(PhoneNumber),
  /** Where the webhook channel posts to: a server of the person's, or a room of a chat tool. */
  webhook: z.optional(WebhookAddress),
  attributes: z.optional(
    z.record(
      Id,
      z.union([
        z.string().check(z.maxLength(256), z.refine(isStorable, NOT_STORABLE)),
        z.number().check(z.refine(isStorable, NOT_STORABLE)),
        z.boolean(),
      ]),
    ),
  ),
});
export type UserInput = z.infer<typeof UserInput>;

export type DeviceStatus = "active" | "inactive" | "unregistered";

export type Token = {
  kind: DeviceTokenKind;
  token: string;
  /** SHA-256 hex of the token: the key of its owner row. */
  hash: string;
  registeredAtMs: number;
  environment?: "production" | "sandbox";
  bundleId?: string;
  /** Of an `apnsActivity`: the app's name of it. */
  activity?: string;
  /** Of an `apnsTyped`. */
  pushType?: AppleTokenType;
  keys?: { p256dh: string; auth: string };
  /** Set when a provider said the token is gone; kept 30 days for Explain. */
  goneAtMs?: number;
  goneReason?: string;
};

export type Device = {
  id: string;
  platform: (typeof PLATFORMS)[number];
  tokens: Token[];
  status: DeviceStatus;
  registeredAtMs: number;
  lastSeenAtMs: number;
  invalidatedAtMs?: number;
  reason?: string;
  brand?: string;
  model?: string;
  os?: string;
  appVersion?: string;
  locale?: string;
  zone?: string;
};

/** One Directory item. */
export type Recipient = {
  app: string;
  user: string;
  createdAtMs: number;
  devices: Device[];
  name?: string;
  locale?: string;
  zone?: string;
  email?: string;
  phone?: string;
  webhook?: WebhookAddress;
  /** Addresses that bounced, complained or opted out. */
  unreachable?: Unreachable;
  attributes?: Record<string, string | number | boolean>;
  preferences?: Preferences;
};
