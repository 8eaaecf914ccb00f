import * as z from "zod/mini";
import { optional, strictObject, string } from "../schema.ts";
import { passThrough } from "./fields.ts";

/** What FCM knows and the neutral fields do not say. */
export const Fcm = z.lazy(() =>
  strictObject({
    /** The app makes the notification itself: title, body and image travel in `data`. */
    dataOnly: optional(z.boolean()),
    /** FCM's `message.apns`, for registration tokens of Apple devices. */
    apns: optional(passThrough),
    /** FCM's `message.webpush`, for registration tokens of browsers. */
    webpush: optional(passThrough),
    /** Name of this kind of message in Firebase's reports. */
    analyticsLabel: optional(
      string(z.regex(/^[a-zA-Z0-9\-_.~%]{1,50}$/, "must be 1-50 of letters, digits and - _ . ~ %")),
    ),
  }),
);
