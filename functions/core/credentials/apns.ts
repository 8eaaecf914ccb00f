import * as z from "zod/mini";
import { isPrivateKey } from "./private-key.ts";

const appleId = (what: string) =>
  z.string().check(z.regex(/^[A-Z0-9]{10}$/, `must be the ${what}: 10 capital letters and digits`));

/** An APNs token signing key (.p8) and where its notifications go by default. */
export const ApnsCredentials = z.strictObject({
  teamId: appleId("team id"),
  keyId: appleId("key id"),
  /** The .p8 file's text. */
  privateKey: z.string().check(
    z.maxLength(2048),
    z.refine(
      (pem) => isPrivateKey(pem, "P-256"),
      "must be the PEM text of the .p8 file (a P-256 private key)",
    ),
  ),
  /** Topic of devices that name none. */
  bundleId: z.string().check(z.maxLength(155), z.regex(/^[A-Za-z0-9.-]+$/, "must be a bundle id")),
  /** Of devices that do not say which their token belongs to. */
  environment: z._default(z.enum(["production", "sandbox"]), "production"),
});
export type ApnsCredentials = z.infer<typeof ApnsCredentials>;
