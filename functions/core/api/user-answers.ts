import * as z from "zod/mini";
import type { Device, Recipient, Token } from "../recipient/device.ts";
import { DEVICE_TOKEN_KINDS } from "../token-kinds.ts";
import { PLATFORMS } from "../words.ts";

const time = z.string();

const TokenAnswer = z.object({
  kind: z.enum(DEVICE_TOKEN_KINDS),
  /** First 8 hex digits of the token's SHA-256: enough to tell two apart, no use for sending. */
  hash: z.string(),
  registeredAt: time,
  environment: z.optional(z.enum(["production", "sandbox"])),
  bundleId: z.optional(z.string()),
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

/** Switches by place: `:email`, `marketing:` or `marketing:email`. */
const Places = z.record(z.string(), z.boolean());
export const PreferencesAnswer = z.object({ preferences: Places });

export const UserAnswer = z.object({
  id: z.string(),
  createdAt: time,
  name: z.optional(z.string()),
  locale: z.optional(z.string()),
  zone: z.optional(z.string()),
  attributes: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
  preferences: z.optional(Places),
  devices: z.array(DeviceAnswer),
});
export type UserAnswer = z.infer<typeof UserAnswer>;

const iso = (atMs: number): string => new Date(atMs).toISOString();

function tokenAnswer(token: Token): z.infer<typeof TokenAnswer> {
  const { kind, hash, registeredAtMs, environment, bundleId, goneAtMs, goneReason } = token;
  return {
    kind,
    hash: hash.slice(0, 8),
    registeredAt: iso(registeredAtMs),
    ...(environment && { environment }),
    ...(bundleId && { bundleId }),
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

export function userAnswer({ user, createdAtMs, devices, ...recipient }: Recipient): UserAnswer {
  const { name, locale, zone, attributes, preferences } = recipient;
  return {
    id: user,
    createdAt: iso(createdAtMs),
    ...(name !== undefined && { name }),
    ...(locale !== undefined && { locale }),
    ...(zone !== undefined && { zone }),
    ...(attributes !== undefined && { attributes }),
    ...(preferences !== undefined && { preferences }),
    devices: devices.map(deviceAnswer),
  };
}
