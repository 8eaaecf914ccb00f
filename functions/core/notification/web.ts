import * as z from "zod/mini";
import { optional, strictObject, string } from "../schema.ts";

/** What only a browser's notification has: https://notifications.spec.whatwg.org/#dictdef-notificationoptions */
export const Web = z.lazy(() =>
  strictObject({
    /** Stays until somebody clicks it away. */
    requireInteraction: optional(z.boolean()),
    /** Rings again when it takes the place of one with the same tag. */
    renotify: optional(z.boolean()),
    /** Shown without sound or vibration; a browser shows every push. */
    silent: optional(z.boolean()),
    /** Milliseconds of vibration and pause in turn; nothing silent vibrates. */
    vibrate: optional(z.array(z.int().check(z.gte(0), z.lte(10_000))).check(z.minLength(1), z.maxLength(32))),
    dir: optional(z.enum(["auto", "ltr", "rtl"])),
    lang: optional(
      string(z.maxLength(35), z.regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$/, "must be a BCP 47 tag")),
    ),
  }),
);
