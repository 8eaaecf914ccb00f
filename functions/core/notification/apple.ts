import * as z from "zod/mini";
import { optional, strictObject, string } from "../schema.ts";
import { isStorable, NOT_STORABLE } from "../storable.ts";
import { APPLE_TOKEN_TYPES } from "../token-kinds.ts";
import { identifier, instant, localised, passThrough, text } from "./fields.ts";

/** apns-push-type, as far as a caller may choose it: a Live Activity has its own, MDM needs a certificate. */
export const APPLE_PUSH_TYPES = ["alert", "background", ...APPLE_TOKEN_TYPES] as const;
export type ApplePushType = (typeof APPLE_PUSH_TYPES)[number];

const number = z.number().check(z.refine(isStorable, NOT_STORABLE));

/** ActivityKit orders an app's activities by it: any number, higher comes first. */
const relevance = optional(number);
/** What the activity's `ContentState` decodes from. */
const contentState = passThrough;
/** The app's own name of a running activity: its update token was registered under it. */
const activity = identifier(128);

/** What becomes of a Live Activity; title, body and sound of the content are the alert that comes with it. */
export const LiveActivity = z.lazy(() =>
  z.discriminatedUnion("event", [
    strictObject({
      event: z.literal("start"),
      /** Name of the `ActivityAttributes` type. */
      attributesType: text(128),
      attributes: passThrough,
      contentState,
      staleAt: optional(instant),
      relevance,
      /** Broadcast channel that the activity follows; without one the device gets an update token for it. */
      channel: optional(string(z.regex(/^[A-Za-z0-9+/]{1,128}={0,2}$/, "must be a channel id"))),
    }),
    strictObject({
      event: z.literal("update"),
      /** Left out where a broadcast channel is sent to. */
      activity: optional(activity),
      contentState,
      staleAt: optional(instant),
      relevance,
    }),
    strictObject({
      event: z.literal("end"),
      activity: optional(activity),
      contentState: optional(contentState),
      /** When it leaves the lock screen: at once for a time that is over, within four hours otherwise. */
      dismissAt: optional(instant),
      relevance,
    }),
  ]),
);
export type LiveActivity = z.infer<typeof LiveActivity>;

/** What Apple's devices alone can show or do. */
export const Apple = z.lazy(() =>
  strictObject({
    interruption: optional(z.enum(["passive", "active", "time-sensitive", "critical"])),
    /** Order in the notification summary. */
    relevance: optional(number.check(z.gte(0), z.lte(1))),
    subtitle: optional(text(512)),
    subtitleLoc: optional(localised),
    /** Sounds in silent mode too; the app needs Apple's leave for it. */
    criticalSound: optional(
      strictObject({ name: optional(text(128)), volume: optional(number.check(z.gte(0), z.lte(1))) }),
    ),
    /** The number on the icon is what the person's inbox holds unacknowledged when it is sent. */
    badge: optional(z.literal("unread")),
    targetContentId: optional(text(128)),
    /** Which Focus filters let it through. */
    filterCriteria: optional(text(128)),
    pushType: optional(z.enum(APPLE_PUSH_TYPES)),
    liveActivity: optional(LiveActivity),
  }),
);
export type Apple = z.infer<typeof Apple>;
