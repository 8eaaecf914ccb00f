import * as z from "zod/mini";
import { EmailAddress } from "../recipient/address.ts";

const name = (max: number) =>
  z
    .string()
    .check(z.minLength(1), z.maxLength(max), z.regex(/^[\w.-]+$/, "may hold letters, digits and . _ -"));

/** How an app sends mail: no secret is among it, the dispatcher's own role is what SES trusts. */
export const SesCredentials = z.strictObject({
  /** A verified address, or one of a verified domain, in the account and Region of the platform. */
  from: EmailAddress,
  fromName: z.optional(
    z.string().check(z.minLength(1), z.maxLength(128), z.regex(/^[^\p{Cc}\p{Cs}]*$/u, "must be one line")),
  ),
  replyTo: z.optional(EmailAddress),
  /** Where SES tells what became of a mail. */
  configurationSet: z.optional(name(64)),
});
export type SesCredentials = z.infer<typeof SesCredentials>;
