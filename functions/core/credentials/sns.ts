import * as z from "zod/mini";

const prefix = z.string().check(z.regex(/^\+[1-9]\d{0,9}$/, "must be the beginning of numbers, e.g. +49"));
const usd = (max: number) => z.number().check(z.gt(0), z.lte(max));
const many = 1_000_000;

/** How an app sends text messages, where to, and for how much. */
export const SnsCredentials = z.strictObject({
  /** Calling codes or longer beginnings of the numbers that may be written to; nobody else is. */
  countries: z.array(prefix).check(z.minLength(1), z.maxLength(250)),
  /** 1–11 letters and digits, shown as the sender where a country allows it. */
  senderId: z.optional(
    z.string().check(
      z.regex(/^[A-Za-z0-9]{1,11}$/, "must be 1-11 letters and digits"),
      z.refine((id) => /[A-Za-z]/.test(id), "must have a letter"),
    ),
  ),
  /** Categories that are sent as promotional: cheaper, and not to those who opted out. */
  promotional: z._default(z.array(z.string().check(z.maxLength(64))).check(z.maxLength(50)), ["marketing"]),
  /** Most that one part of a message may cost; SNS does not send what costs more. */
  maxPriceUsd: z.optional(usd(10)),
  /** Price of a part by beginning of the number, for the caps; `*` for all others. */
  prices: z.optional(z.record(z.string().check(z.regex(/^(\*|\+[1-9]\d{0,9})$/)), usd(10))),
  /** What is not exceeded in a day of UTC: what would exceed it is left out, with the reason. */
  caps: z.prefault(
    z.strictObject({
      messagesPerNumber: z._default(z.int().check(z.gte(1), z.lte(many)), 20),
      messagesPerPrefix: z.optional(z.int().check(z.gte(1), z.lte(many))),
      usdPerDay: z._default(usd(many), 10),
    }),
    {},
  ),
});
export type SnsCredentials = z.infer<typeof SnsCredentials>;
