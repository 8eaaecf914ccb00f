import * as z from "zod/mini";
import { LadderInput } from "../ladder/rungs.ts";
import { optional, strictObject, string } from "../schema.ts";
import { CHANNELS, PLATFORMS, PRIORITIES } from "../words.ts";
import { Content } from "./content.ts";
import { FanOutAudiences } from "./fan-out.ts";
import { rfc3339 } from "./fields.ts";

export const LIMITS = {
  bodyBytes: 256 * 1024,
  recipients: 10_000,
  jsonDepth: 20,
  batch: 500,
  inlineUsers: 25,
  ttlS: 28 * 86_400,
  scheduleAheadMs: 366 * 86_400_000,
  idLength: 128,
} as const;

/** Ids go into keys, whose separator is `#`: letters, digits and `. _ : ~ @ + -`. */
export const Id = string(
  z.minLength(1),
  z.maxLength(LIMITS.idLength),
  z.regex(/^[\w.:~@+-]+$/, "may hold letters, digits and . _ : ~ @ + -"),
);
export const AppId = string(
  z.regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "must be 1-40 of a-z, 0-9 and -, not starting with -"),
);

const many = <T extends z.core.$ZodType>(of: T) =>
  z.array(of).check(z.minLength(1), z.maxLength(LIMITS.recipients));

export const Audience = z.union([
  strictObject({ users: many(Id), platforms: optional(z.array(z.enum(PLATFORMS))) }),
  strictObject({ devices: many(strictObject({ user: Id, device: Id })) }),
  strictObject({ everyone: z.literal(true), platforms: optional(z.array(z.enum(PLATFORMS))) }),
  ...FanOutAudiences,
]);
export type Audience = z.infer<typeof Audience>;

export const Retry = strictObject({
  attempts: optional(z.int().check(z.gte(1), z.lte(10))),
});

/** POST /v1/notifications */
export const SendRequest = strictObject({
  id: optional(Id),
  to: Audience,
  category: optional(Id),
  priority: optional(z.enum(PRIORITIES)),
  channels: optional(z.array(z.enum(CHANNELS)).check(z.minLength(1), z.maxLength(CHANNELS.length))),
  /** What is tried when `channels` have failed; instead of the category's. Empty: nothing. */
  ladder: optional(LadderInput),
  content: Content,
  sendAt: optional(rfc3339),
  expiresAt: optional(rfc3339),
  ttl: optional(z.int().check(z.gte(0), z.lte(LIMITS.ttlS))),
  retry: optional(Retry),
  /** `accept`: the audience as it is now; `fire` (default): as it is when the notification goes out. */
  audienceAt: optional(z.enum(["accept", "fire"])),
});
export type SendRequest = z.infer<typeof SendRequest>;

/** PATCH /v1/notifications/{id}, while it is scheduled. */
export const ChangeRequest = strictObject({
  sendAt: optional(rfc3339),
  content: optional(Content),
});
export type ChangeRequest = z.infer<typeof ChangeRequest>;

/** POST /v1/notifications:batch; each entry is judged by itself. */
export const BatchRequest = strictObject({
  notifications: z.array(z.unknown()).check(z.minLength(1), z.maxLength(LIMITS.batch)),
});
