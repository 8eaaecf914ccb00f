import * as z from "zod/mini";

const prefix = z.string().check(z.regex(/^\+[1-9]\d{0,9}$/, "must be the beginning of numbers, e.g. +49"));
const usd = (max: number) => z.number().check(z.gt(0), z.lte(max));
const many = 1_000_000;

/** Who carries text messages. Names are persisted. */
export const SMS_CARRIERS = ["sns", "endUserMessaging"] as const;
export type SmsCarrier = (typeof SMS_CARRIERS)[number];

/** How an app sends text messages, where to, and for how much. */
const Shape = z.strictObject({
  /** Amazon SNS, or AWS End User Messaging SMS (`pinpoint-sms-voice-v2`). */
  carrier: z._default(z.enum(SMS_CARRIERS), "sns"),
  /** End User Messaging: the number, pool or sender id that it sends from, by id or ARN. */
  originationIdentity: z.optional(
    z.string().check(z.regex(/^[A-Za-z0-9_:/+-]{1,256}$/, "must be 1-256 of A-Z a-z 0-9 _ : / + -")),
  ),
  /** End User Messaging: the configuration set whose event destinations hear of the message. */
  configurationSet: z.optional(
    z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/, "must be 1-64 of A-Z a-z 0-9 _ -")),
  ),
  /** Messages a second that the account may send: 20 by SNS and 1 by End User Messaging until AWS raises it. */
  messagesPerS: z.optional(z.number().check(z.gte(0.1), z.lte(10_000))),
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
  prices: z.optional(
    z
      .record(z.string().check(z.regex(/^(\*|\+[1-9]\d{0,9})$/)), usd(10))
      .check(z.refine((prices) => Object.keys(prices).length <= 1_000, "has more than 1,000 entries")),
  ),
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

const isOf = (
  carrier: SmsCarrier,
  fields: readonly ("senderId" | "originationIdentity" | "configurationSet")[],
) =>
  fields.map((field) =>
    z.refine<z.infer<typeof Shape>>((input) => input[field] === undefined || input.carrier === carrier, {
      path: [field],
      error: `is for the carrier ${carrier}`,
    }),
  );

export const SnsCredentials = Shape.check(
  ...isOf("sns", ["senderId"]),
  ...isOf("endUserMessaging", ["originationIdentity", "configurationSet"]),
  z.refine((input) => input.carrier === "sns" || input.originationIdentity !== undefined, {
    path: ["originationIdentity"],
    error: "must be given: End User Messaging sends from a number, pool or sender id of this account",
  }),
);
export type SnsCredentials = z.infer<typeof SnsCredentials>;
