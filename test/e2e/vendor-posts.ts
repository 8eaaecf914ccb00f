import assert from "node:assert/strict";
import type { VENDOR_KINDS } from "../../functions/core/token-kinds.ts";
import { configureAddresses } from "../../local/demo/addresses.ts";
import { VENDOR_TOKENS, vendorCredentials } from "../../local/demo/vendors.ts";
import { VENDOR_FAKES, type VendorFakeName } from "../../local/fakes/faults.ts";
import { type PostedEvent, type VendorPost, vendorPost } from "../../local/fakes/vendor-posts.ts";
import { makeApp, person, startWorld, type TestApp, type World } from "./harness.ts";

/** An app with all vendors, and their posts, of one test file: `startVendors` makes it, imports see it from then on. */
export let world: World;
export let app: TestApp;
export let credentials: Record<VendorFakeName, Record<string, unknown>>;
export const paths = {} as Record<VendorFakeName, string>;

let numbers = 0;
export const newToken = (kind: (typeof VENDOR_KINDS)[number]): string => VENDOR_TOKENS[kind](++numbers);
/** A person with one handset, found again by its token. */
export async function someone(user: string, kind: (typeof VENDOR_KINDS)[number]): Promise<string> {
  const token = newToken(kind);
  const platform = kind === "hmsNext" ? "harmony" : "android";
  await person(app, user, { phone: { platform, tokens: [{ kind, token }] } });
  return token;
}
export const sentTo = (name: VendorFakeName, token: string) =>
  world.fakes[name].received.find((received) => received.token === token)!;
export const postOf = (name: VendorFakeName, event: PostedEvent, token: string): VendorPost => {
  const facts = { credentials: credentials[name], atMs: world.runtime.clock.now() };
  const post = vendorPost(name, event, { sent: sentTo(name, token), ...facts });
  assert.ok(post, `${name} does not tell of ${event}`);
  return post;
};
export const post = (url: string, { headers, body }: Pick<VendorPost, "headers" | "body">) =>
  fetch(url, { method: "POST", headers, body });
export const urlOf = (name: VendorFakeName) => world.runtime.apiUrl + paths[name];
type Explanation = { sentence: string; receipts?: Record<string, string> };
export const explain = (id: unknown, who: string) =>
  app.api.ok("GET", `/v1/notifications/${id}/recipients/${who}`) as Promise<Explanation>;
export const isDelivered = async (id: unknown, who: string) =>
  (await explain(id, who)).receipts?.["delivered"] !== undefined;
export const statusOf = async (user: string) => {
  const { devices } = await app.api.ok("GET", `/v1/users/${user}`);
  return (devices as { status: string }[])[0]?.status;
};
export const metricsOf = (event: string) =>
  world.logs
    .filter((line) => line.includes('"Receipts"') && line.includes(`"event":"${event}"`))
    .map((line) => JSON.parse(line) as { provider: string; Receipts: number });

export async function startVendors(): Promise<void> {
  world = await startWorld();
  app = await makeApp(world, "receipts");
  credentials = vendorCredentials(app.id);
  credentials.hms["callback"] = { user: "clarion", secret: "a-callback-secret" };
  credentials.meizu["receiptToken"] = "an-access-token";
  for (const name of VENDOR_FAKES) {
    credentials[name]["receipts"] = true;
    world.fakes[name].trust(credentials[name]);
    const body = { ...credentials[name], categories: { marketing: {} } };
    const { receiptPath } = await world.admin.ok("PUT", `/v1/apps/${app.id}/providers/${name}`, body);
    paths[name] = String(receiptPath);
  }
  await configureAddresses(world.admin, app.id);
}
