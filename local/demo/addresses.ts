import { randomBytes } from "node:crypto";
import type { ApiClient } from "./api-client.ts";

/** Sets an app up for mail, text messages and webhooks, as an operator would. @returns the key its webhooks are signed with */
export async function configureAddresses(admin: ApiClient, app: string): Promise<string> {
  const at = `/v1/apps/${app}/providers`;
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  await admin.ok("PUT", `${at}/ses`, { from: "news@shop.example", fromName: "The Shop" });
  await admin.ok("PUT", `${at}/sns`, { countries: ["+49", "+1"], senderId: "TheShop" });
  await admin.ok("PUT", `${at}/webhook`, { secret });
  return secret;
}
