import * as z from "zod/mini";

/** A key of Standard Webhooks: `whsec_` and 24 to 64 bytes in base64. */
const signingKey = z.string().check(
  z.maxLength(128),
  z.regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/, "must be whsec_ and base64"),
  z.refine((key) => {
    const { length } = Buffer.from(key.slice("whsec_".length), "base64");
    return length >= 24 && length <= 64;
  }, "must hold 24 to 64 bytes"),
);

/** What webhooks of the format `standard` are signed with, and the bot that writes to Telegram. */
export const WebhookCredentials = z.strictObject({
  secret: signingKey,
  /** The key before this one: both sign, until every receiver knows the new one. */
  previous: z.optional(signingKey),
  telegramBotToken: z.optional(
    z.string().check(z.regex(/^\d{6,16}:[\w-]{30,64}$/, "must be the token that BotFather gave")),
  ),
});
export type WebhookCredentials = z.infer<typeof WebhookCredentials>;
