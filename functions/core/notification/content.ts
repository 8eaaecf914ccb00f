import * as z from "zod/mini";
import { isStorable, NOT_STORABLE } from "../storable.ts";

const text = (max: number) => z.string().check(z.minLength(1), z.maxLength(max), wellFormed());
const httpsUrl = z
  .string()
  .check(z.maxLength(2048), z.regex(/^https:\/\/[^\s]+$/, "must be an https URL"), wellFormed());
const identifier = (max: number) =>
  z.string().check(z.minLength(1), z.maxLength(max), z.regex(/^[\w.:~-]+$/));

/** Lone surrogates cannot be encoded in UTF-8 and poison a provider's JSON. */
function wellFormed() {
  return z.refine<string>((value) => value.isWellFormed(), "holds a lone surrogate (half of a character)");
}

/** One key of `data`: the names that FCM and APNs keep for themselves are refused (facts: FCM, APNs payload rules). */
const RESERVED_DATA_KEY = /^(from|message_type|aps|gcm.*|google.*|notificationId|timestamp)$/i;

const dataKey = z.string().check(
  z.minLength(1),
  z.maxLength(128),
  wellFormed(),
  z.refine((key) => !RESERVED_DATA_KEY.test(key), "is reserved by a provider or by Clarion"),
);

const action = z.strictObject({
  id: identifier(64),
  title: text(128),
  icon: z.optional(httpsUrl),
  url: z.optional(httpsUrl),
});

const localised = z.strictObject({
  key: text(128),
  args: z.optional(z.array(z.string().check(z.maxLength(256), wellFormed())).check(z.maxLength(10))),
});

const passThrough = z.record(z.string(), z.unknown()).check(z.refine(isStorable, NOT_STORABLE));

/** The neutral form of what people see; pass-through blocks hold what it lacks. */
export const Content = z.strictObject({
  title: z.optional(text(512)),
  body: z.optional(text(8192)),
  titleLoc: z.optional(localised),
  bodyLoc: z.optional(localised),
  /** String values, placed at the payload's root. */
  data: z.optional(z.record(dataKey, z.string().check(wellFormed()))),
  image: z.optional(httpsUrl),
  icon: z.optional(httpsUrl),
  badgeIcon: z.optional(httpsUrl),
  /** Number on the app's icon. */
  badgeCount: z.optional(z.int().check(z.gte(0), z.lte(99999))),
  sound: z.optional(text(128)),
  actions: z.optional(z.array(action).check(z.maxLength(4))),
  /** Collapse key: a later notification with the same tag replaces this one. */
  tag: z.optional(identifier(64)),
  /** Groups notifications on the device (APNs thread-id). */
  thread: z.optional(text(64)),
  /** Where a click leads. */
  url: z.optional(httpsUrl),
  /** Background delivery: no alert, no sound. */
  silent: z.optional(z.boolean()),
  /** Lets the app's extension change the notification before it is shown. */
  mutable: z.optional(z.boolean()),
  level: z.optional(z.enum(["info", "warning", "error"])),
  color: z.optional(z.string().check(z.regex(/^#[0-9a-fA-F]{6}$/, "must be #rrggbb"))),
  androidChannelId: z.optional(text(128)),
  actionCategory: z.optional(text(128)),
  /** The app's own notes; kept with the notification, never sent to a device. */
  metadata: z.optional(passThrough),
  /** Merged over the payload root for APNs (its `aps` is merged key by key). */
  apns: z.optional(passThrough),
  /** Merged over FCM's `message.android`. */
  android: z.optional(passThrough),
  /** Merged over the Web Push JSON. */
  webpush: z.optional(passThrough),
});
export type Content = z.infer<typeof Content>;
