import * as z from "zod/mini";
import {
  ADDRESS_CHANNELS,
  type Unreachable,
  WEBHOOK_FORMATS,
  type WebhookAddress,
} from "../recipient/address.ts";
import type { Device, Recipient, Token } from "../recipient/device.ts";
import { APPLE_TOKEN_TYPES, DEVICE_TOKEN_KINDS } from "../token-kinds.ts";
import { PLATFORMS } from "../words.ts";

const time = z.string();

const TokenAnswer = z.object({
  kind: z.enum(DEVICE_TOKEN_KINDS),
  /** First 8 hex digits of the token's SHA-256: enough to tell two apart, no use for sending. */
  hash: z.string(),
  registeredAt: time,
  environment: z.optional(z.enum(["production", "sandbox"])),
  bundleId: z.optional(z.string()),
  activity: z.optional(z.string()),
  pushType: z.optional(z.enum(APPLE_TOKEN_TYPES)),
  goneAt: z.optional(time),
  goneReason: z.optional(z.string()),
});

export const DeviceAnswer = z.object({
  id: z.string(),
  platform: z.enum(PLATFORMS),
  status: z.enum(["active", "inactive", "unregistered"]),
  registeredAt: time,
  lastSeenAt: time,
  invalidatedAt: z.optional(time),
  reason: z.optional(z.string()),
  brand: z.optional(z.string()),
  model: z.optional(z.string()),
  os: z.optional(z.string()),
  appVersion: z.optional(z.string()),
  locale: z.optional(z.string()),
  zone: z.optional(z.string()),
  tokens: z.array(TokenAnswer),
});
export type DeviceAnswer = z.infer<typeof DeviceAnswer>;

const WebhookAnswer = z.object({
  format: z.enum(WEBHOOK_FORMATS),
  /** Never the rest of the URL: chat tools' URLs are their passwords. */
  host: z.optional(z.string()),
  chat: z.optional(z.string()),
});

/** Switches by place: `:email`, `marketing:` or `marketing:email`. */
const Places = z.record(z.string(), z.boolean());
export const PreferencesAnswer = z.object({ preferences: Places });

export const UserAnswer = z.object({
  id: z.string(),
  createdAt: time,
  name: z.optional(z.string()),
  locale: z.optional(z.string()),
  zone: z.optional(z.string()),
  email: z.optional(z.string()),
  phone: z.optional(z.string()),
  webhook: z.optional(WebhookAnswer),
  /** Addresses that bounced, complained or opted out; another address lifts it. */
  unreachable: z.optional(
    z.partialRecord(z.enum(ADDRESS_CHANNELS), z.object({ since: time, reason: z.string() })),
  ),
  attributes: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
  preferences: z.optional(Places),
  devices: z.array(DeviceAnswer),
});
export type UserAnswer = z.infer<typeof UserAnswer>;

const iso = (atMs: number): string => new Date(atMs).toISOString();

function tokenAnswer(token: Token): z.infer<typeof TokenAnswer> {
  const { kind, hash, registeredAtMs, environment, bundleId, activity, pushType, goneAtMs, goneReason } =
    token;
  return {
    kind,
    hash: hash.slice(0, 8),
    registeredAt: iso(registeredAtMs),
    ...(environment && { environment }),
    ...(bundleId && { bundleId }),
    ...(activity && { activity }),
    ...(pushType && { pushType }),
    ...(goneAtMs !== undefined && { goneAt: iso(goneAtMs) }),
    ...(goneReason && { goneReason }),
  };
}

/** A device as the API shows it: never a token. */
export function deviceAnswer(device: Device): DeviceAnswer {
  const { tokens, registeredAtMs, lastSeenAtMs, invalidatedAtMs, ...rest } = device;
  return {
    ...rest,
    registeredAt: iso(registeredAtMs),
    lastSeenAt: iso(lastSeenAtMs),
    ...(invalidatedAtMs !== undefined && { invalidatedAt: iso(invalidatedAtMs) }),
    tokens: tokens.map(tokenAnswer),
  };
}

const webhookAnswer = (webhook: WebhookAddress): z.infer<typeof WebhookAnswer> =>
  webhook.format === "telegram"
    ? { format: webhook.format, chat: webhook.chat }
    : { format: webhook.format, host: new URL(webhook.url).host };

const unreachableAnswer = (unreachable: Unreachable): NonNullable<UserAnswer["unreachable"]> =>
  Object.fromEntries(
    Object.entries(unreachable).map(([channel, { atMs, reason }]) => [channel, { since: iso(atMs), reason }]),
  );

export function userAnswer({ user, createdAtMs, devices, ...recipient }: Recipient): UserAnswer {
  const { name, locale, zone, email, phone, webhook, unreachable, attributes, preferences } = recipient;
  return {
    id: user,
    createdAt: iso(createdAtMs),
    ...(name !== undefined && { name }),
    ...(locale !== undefined && { locale }),
    ...(zone !== undefined && { zone }),
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone }),
    ...(webhook !== undefined && { webhook: webhookAnswer(webhook) }),
    ...(unreachable !== undefined && { unreachable: unreachableAnswer(unreachable) }),
    ...(attributes !== undefined && { attributes }),
    ...(preferences !== undefined && { preferences }),
    devices: devices.map(deviceAnswer),
  };
}
