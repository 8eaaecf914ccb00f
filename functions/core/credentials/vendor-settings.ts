import * as z from "zod/mini";
import { isStorable, NOT_STORABLE } from "../storable.ts";

/**
 * What a vendor's code says of a target (the fact sheets' classes): taken, token dead, transient, too fast, quota of
 * the day used up, access token refused, credentials or permission wrong, message refused, held back by the device.
 */
export const VENDOR_CLASSES = [
  "ok",
  "invalid",
  "retry",
  "throttled",
  "quota",
  "auth",
  "config",
  "payload",
  "suppressed",
] as const;
export type VendorClass = (typeof VENDOR_CLASSES)[number];

/** What a vendor may say of a token in its receipts; dimension of a metric. `other` has no consequence. */
export const VENDOR_EVENTS = [
  "delivered",
  "displayed",
  "clicked",
  "dead",
  "suppressed",
  "quota",
  "other",
] as const;
export type VendorEvent = (typeof VENDOR_EVENTS)[number];

/** Together with the rest they must fit into a secret, which takes 64 KB. */
const MAX_BYTES = 16_384;
const MAX_CODES = 500;
const MAX_BUDGETS = 50;

const isShort = (value: unknown): boolean => Buffer.byteLength(JSON.stringify(value)) <= MAX_BYTES;
const TOO_LONG = `has more than ${MAX_BYTES.toLocaleString("en")} bytes`;
const fields = z
  .record(z.string().check(z.maxLength(128)), z.unknown())
  .check(z.refine(isStorable, NOT_STORABLE));

const code = z.string().check(z.regex(/^-?[\w.]{1,24}$/, "must be a vendor's code"));
const isFew = z.refine(
  (all: unknown) => Object.keys(all as object).length <= MAX_CODES,
  `has more than ${MAX_CODES} codes`,
);

/**
 * What an operator may correct without a release, because vendors change their rules more often than we come out:
 * each is merged over what Clarion sends and knows.
 */
export const vendorSettings = {
  /** Devices a second that the vendor takes of this app (Mi, Meizu, JPush: requests), where it is not the least. */
  perSecond: z.optional(z.int().check(z.gte(1), z.lte(1_000_000))),
  /**
   * Category -> messages that go out on one of China's days at most, `*` for all categories that are not named: what the
   * vendor's console says that it takes. Beyond it the vendor is not asked.
   */
  perDay: z.optional(
    z
      .record(z.string().check(z.maxLength(64)), z.int().check(z.gte(1), z.lte(1_000_000_000)))
      .check(
        z.refine((all) => Object.keys(all).length <= MAX_BUDGETS, `has more than ${MAX_BUDGETS} categories`),
      ),
  ),
  /** Asks the vendor for receipts with every message, as far as it can be asked (docs/channels). */
  receipts: z.optional(z.boolean()),
  /** Category -> fields of this vendor's message, e.g. {"marketing": {"importance": "LOW"}}. */
  categories: z.optional(
    z.record(z.string().check(z.maxLength(64)), fields).check(z.refine(isShort, TOO_LONG)),
  ),
  /** Merged over every message. */
  extra: z.optional(fields.check(z.refine(isShort, TOO_LONG))),
  /** Code -> class. */
  codes: z.optional(z.record(code, z.enum(VENDOR_CLASSES)).check(isFew)),
  /** Code of a receipt -> what it says. */
  receiptCodes: z.optional(z.record(code, z.enum(VENDOR_EVENTS)).check(isFew)),
};

export type VendorSettings = {
  perSecond?: number | undefined;
  perDay?: Record<string, number> | undefined;
  receipts?: boolean | undefined;
  categories?: Record<string, Record<string, unknown>> | undefined;
  extra?: Record<string, unknown> | undefined;
  codes?: Record<string, VendorClass> | undefined;
  receiptCodes?: Record<string, VendorEvent> | undefined;
};

/** What an operator should know when such settings are saved; vendors take what is unclassified for marketing. */
export function settingsWarnings({ categories = {} }: VendorSettings): string[] {
  return Object.hasOwn(categories, "marketing")
    ? []
    : [
        "marketing is not classified: say in `categories` which class, channel or template this vendor has given you for it; vendors limit or refuse unclassified messages",
      ];
}
