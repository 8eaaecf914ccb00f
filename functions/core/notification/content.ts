import * as z from "zod/mini";
import { EmailAddress } from "../recipient/address.ts";
import { Apple } from "./apple.ts";
import { Fcm } from "./fcm.ts";
import { httpsUrl, identifier, instant, line, localised, passThrough, text, wellFormed } from "./fields.ts";
import { Web } from "./web.ts";

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

const attachment = z
  .strictObject({
    name: line(128),
    /** MIME type; guessed from the name where it is left out. */
    type: z.optional(
      z.string().check(z.maxLength(127), z.regex(/^[\w.+-]+\/[\w.+-]+$/, "must be a MIME type")),
    ),
    /** The file itself in base64, for small ones. */
    content: z.optional(
      z.string().check(z.maxLength(180_000), z.regex(/^[A-Za-z0-9+/]*={0,2}$/, "must be base64")),
    ),
    /** Where the file is fetched when the mail is sent, e.g. a presigned URL of S3. */
    url: z.optional(httpsUrl),
  })
  .check(
    z.refine(
      ({ content, url }) => (content === undefined) !== (url === undefined),
      "needs either content or url",
    ),
  );

/** What a mail has beside title and body, which it falls back to. */
const Email = z.strictObject({
  subject: z.optional(line(256)),
  html: z.optional(text(200_000)),
  text: z.optional(text(100_000)),
  replyTo: z.optional(EmailAddress),
  attachments: z.optional(z.array(attachment).check(z.minLength(1), z.maxLength(10))),
});

/** What a text message says instead of title and body. */
const Sms = z.strictObject({ body: z.optional(text(1_600)) });

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
  /** When it happened, where that is not when it was sent; shown beside the notification. */
  eventTime: z.optional(instant),
  color: z.optional(z.string().check(z.regex(/^#[0-9a-fA-F]{6}$/, "must be #rrggbb"))),
  androidChannelId: z.optional(text(128)),
  actionCategory: z.optional(text(128)),
  /** The app's own notes; kept with the notification, never sent to a device. */
  metadata: z.optional(passThrough),
  /** What Apple's devices alone can show or do. */
  apple: z.optional(Apple),
  /** Merged over the payload root for APNs (its `aps` is merged key by key). */
  apns: z.optional(passThrough),
  /** Merged over FCM's `message.android`. */
  android: z.optional(passThrough),
  fcm: z.optional(Fcm),
  web: z.optional(Web),
  /** Merged over the Web Push JSON. */
  webpush: z.optional(passThrough),
  email: z.optional(Email),
  sms: z.optional(Sms),
  /** Merged over the JSON that a webhook or a chat tool's robot gets. */
  webhook: z.optional(passThrough),
});
export type Content = z.infer<typeof Content>;
