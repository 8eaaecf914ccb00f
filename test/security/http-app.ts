import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { SCOPES } from "../../functions/core/app/app.ts";
import { GOOGLE_TOKEN_URI } from "../../functions/core/credentials/fcm.ts";
import { clientToken } from "../../local/demo/client-token.ts";
import { ADMIN_KEY, type startHttpWorld } from "../unit/platform/http-world.ts";

export type HttpWorld = Awaited<ReturnType<typeof startHttpWorld>>;

/** An app of the HTTP functions with all that a path can name, and keys to try on it. */
export type HttpApp = {
  id: string;
  /** With every scope. */
  key: string;
  keyId: string;
  /** A key with every scope but this. */
  keyWithout: Record<string, string>;
  token(user: string): string;
  /** Ids that exist, by the names of the paths' parameters. */
  ids: Record<string, string>;
};

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const serviceAccount = (id: string) => ({
  type: "service_account",
  project_id: `project-${id}`,
  client_email: `push@project-${id}.iam.gserviceaccount.com`,
  private_key: privateKey,
  token_uri: GOOGLE_TOKEN_URI,
});

export async function makeHttpApp(world: HttpWorld, id: string): Promise<HttpApp> {
  const ok = async (fn: "send" | "manage", route: string, body: unknown, key = ADMIN_KEY) => {
    const answer = await world.call(fn, route, { key, body });
    assert.ok(answer.status < 300, `${route}: ${JSON.stringify(answer.body)}`);
    return answer.body as unknown as Record<string, string>;
  };
  const at = `/v1/apps/${id}`;
  const secret = `${id}-`.padEnd(48, "s");
  await ok("manage", "POST /v1/apps", { id, limits: { requestsPerS: 100_000 } });
  await ok("manage", `PUT ${at}/providers/jwt`, { secret });
  await ok("manage", `PUT ${at}/client-auth`, { kind: "hs256" });
  await ok("manage", `PUT ${at}/providers/fcm`, serviceAccount(id));
  await ok("manage", `PUT ${at}/providers/webpush`, { generate: true, subject: "mailto:a@example.com" });
  const { key = "", id: keyId = "" } = await ok("manage", `POST ${at}/keys`, { name: "all", scopes: SCOPES });
  const keyWithout: Record<string, string> = {};
  for (const scope of SCOPES) {
    const scopes = SCOPES.filter((other) => other !== scope);
    const made = await ok("manage", `POST ${at}/keys`, { name: `not-${scope}`, scopes });
    keyWithout[scope] = made["key"] ?? "";
  }
  const ids = {
    app: id,
    key: keyId,
    user: `${id}-user`,
    device: `${id}-device`,
    what: "all",
    consumer: "plan",
  };
  await ok("manage", `PUT /v1/users/${ids.user}`, { name: "Somebody" }, key);
  const token = `${id}-token-`.padEnd(40, "t");
  const device = { platform: "android", tokens: [{ kind: "fcmToken", token }] };
  await ok("manage", `PUT /v1/users/${ids.user}/devices/${ids.device}`, device, key);
  // Far ahead, so that nothing but a request changes it.
  const sendAt = new Date(Date.now() + 30 * 86_400_000).toISOString();
  const to = { users: [ids.user] };
  const sent = await ok("send", "POST /v1/notifications", { to, sendAt, content: { title: "t" } }, key);
  return {
    id,
    key,
    keyId,
    keyWithout,
    token: (user) => clientToken(id, user, secret, Date.now()),
    ids: { ...ids, provider: "webpush", notification: sent["id"] ?? "" },
  };
}
