import * as z from "zod/mini";
import { EmailAddress } from "../recipient/address.ts";
import { optional, strictObject, string } from "../schema.ts";
import { Apple } from "./apple.ts";
import { Fcm } from "./fcm.ts";
import { httpsUrl, identifier, instant, line, localised, passThrough, text, wellFormed } from "./fields.ts";
import { Web } from "./web.ts";

/** One key of `data`: the names that FCM and APNs keep for themselves are refused (facts: FCM, APNs payload rules). */
const RESERVED_DATA_KEY = /^(from|message_type|aps|gcm.*|google.*|notificationId|timestamp)$/i;

const dataKey = string(
  z.minLength(1),
  z.maxLength(128),
  wellFormed,
  z.refine((key) => !RESERVED_DATA_KEY.test(key), "is reserved by a provider or by Clarion"),
);

const action = z.lazy(() =>
  strictObject({
    id: identifier(64),
    title: text(128),
    icon: optional(httpsUrl),
    url: optional(httpsUrl),
  }),
);

const attachment = z.lazy(() =>
  strictObject({
    name: line(128),
    /** MIME type; guessed from the name where it is left out. */
    type: optional(string(z.maxLength(127), z.regex(/^[\w.+-]+\/[\w.+-]+$/, "must be a MIME type"))),
    /** The file itself in base64, for small ones. */
    content: optional(string(z.maxLength(180_000), z.regex(/^[A-Za-z0-9+/]*={0,2}$/, "must be base64"))),
    /** Where the file is fetched when the mail is sent, e.g. a presigned URL of S3. */
    url: optional(httpsUrl),
  }).check(
    z.refine(
      ({ content, url }) => (content === undefined) !== (url === undefined),
      "needs either content or url",
    ),
  ),
);

/** What a mail has beside title and body, which it falls back to. */
const Email = z.lazy(() =>
  strictObject({
    subject: optional(line(256)),
    html: optional(text(200_000)),
    text: optional(text(100_000)),
    replyTo: optional(EmailAddress),
    attachments: optional(z.array(attachment).check(z.minLength(1), z.maxLength(10))),
  }),
);

/** What a text message says instead of title and body. */
const Sms = z.lazy(() => strictObject({ body: optional(text(1_600)) }));

/** The neutral form of what people see; pass-through blocks hold what it lacks. */
export const Content = strictObject({
  title: optional(text(512)),
  body: optional(text(8192)),
  titleLoc: optional(localised),
  bodyLoc: optional(localised),
  /** String values, placed at the payload's root. */
  data: optional(z.record(dataKey, string(wellFormed))),
  image: optional(httpsUrl),
  icon: optional(httpsUrl),
  badgeIcon: optional(httpsUrl),
  /** Number on the app's icon. */
  badgeCount: optional(z.int().check(z.gte(0), z.lte(99999))),
  sound: optional(text(128)),
  actions: optional(z.array(action).check(z.maxLength(4))),
  /** Collapse key: a later notification with the same tag replaces this one. */
  tag: optional(identifier(64)),
  /** Groups notifications on the device (APNs thread-id). */
  thread: optional(text(64)),
  /** Where a click leads. */
  url: optional(httpsUrl),
  /** Background delivery: no alert, no sound. */
  silent: optional(z.boolean()),
  /** Lets the app's extension change the notification before it is shown. */
  mutable: optional(z.boolean()),
  level: optional(z.enum(["info", "warning", "error"])),
  /** When it happened, where that is not when it was sent; shown beside the notification. */
  eventTime: optional(instant),
  color: optional(string(z.regex(/^#[0-9a-fA-F]{6}$/, "must be #rrggbb"))),
  androidChannelId: optional(text(128)),
  actionCategory: optional(text(128)),
  /** The app's own notes; kept with the notification, never sent to a device. */
  metadata: optional(passThrough),
  /** What Apple's devices alone can show or do. */
  apple: optional(Apple),
  /** Merged over the payload root for APNs (its `aps` is merged key by key). */
  apns: optional(passThrough),
  /** Merged over FCM's `message.android`. */
  android: optional(passThrough),
  fcm: optional(Fcm),
  web: optional(Web),
  /** Merged over the Web Push JSON. */
  webpush: optional(passThrough),
  email: optional(Email),
  sms: optional(Sms),
  /** Merged over the JSON that a webhook or a chat tool's robot gets. */
  webhook: optional(passThrough),
});
export type Content = z.infer<typeof Content>;
