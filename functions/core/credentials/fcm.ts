import * as z from "zod/mini";
import { isPrivateKey } from "./private-key.ts";

export const GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token";

/** A service account's JSON as Google hands it out; the fields that sending does not need are dropped. */
export const FcmCredentials = z.object({
  type: z.optional(z.literal("service_account")),
  project_id: z
    .string()
    .check(z.regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, "must be a project id, e.g. my-app-1a2b3")),
  client_email: z
    .string()
    .check(z.maxLength(320), z.regex(/^[^\s@\p{Cs}]+@[^\s@\p{Cs}]+$/u, "must be an address")),
  private_key_id: z.optional(z.string().check(z.maxLength(128), z.regex(/^[\w-]+$/))),
  private_key: z.string().check(
    z.maxLength(8192),
    z.refine((pem) => isPrivateKey(pem, "RSA"), "must be the PEM text of an RSA private key"),
  ),
  /** Signed assertions go there, so it must be Google's. */
  token_uri: z._default(
    z
      .string()
      .check(
        z.maxLength(200),
        z.regex(/^https:\/\/(?:[a-z0-9-]+\.)*googleapis\.com\/[\w/-]*$/, "must be https on googleapis.com"),
      ),
    GOOGLE_TOKEN_URI,
  ),
});
export type FcmCredentials = z.infer<typeof FcmCredentials>;
