import { generateKeyPairSync, randomBytes } from "node:crypto";
import { type ApiClient, apiClient } from "../../local/demo/api-client.ts";
import { clientToken } from "../../local/demo/client-token.ts";
import type { Runtime } from "../../local/runtime/start.ts";

export type BenchApp = { id: string; api: ApiClient; token(user: string): string };

const ID = "bench";

/** An app with credentials for every provider, and no limit of its own on requests. */
export async function makeApp(runtime: Runtime, admin: ApiClient): Promise<BenchApp> {
  await admin.ok("POST", "/v1/apps", { id: ID, limits: { requestsPerS: 10_000 } });
  const { key } = await admin.ok("POST", `/v1/apps/${ID}/keys`, {
    name: "bench",
    scopes: ["send", "read", "users"],
  });
  const at = `/v1/apps/${ID}/providers`;
  const pem = (pair: {
    privateKey: { export(options: { type: "pkcs8"; format: "pem" }): string | Buffer };
  }) => String(pair.privateKey.export({ type: "pkcs8", format: "pem" }));
  await admin.ok("PUT", `${at}/apns`, {
    teamId: "TEAM123456",
    keyId: "BENCH00000",
    bundleId: "com.example.bench",
    privateKey: pem(generateKeyPairSync("ec", { namedCurve: "P-256" })),
  });
  await admin.ok("PUT", `${at}/fcm`, {
    type: "service_account",
    project_id: "clarion-bench",
    private_key_id: "1",
    client_email: "push@clarion-bench.iam.gserviceaccount.com",
    client_id: "1",
    private_key: pem(generateKeyPairSync("rsa", { modulusLength: 2048 })),
    token_uri: "https://oauth2.googleapis.com/token",
  });
  await admin.ok("PUT", `${at}/webpush`, { generate: true, subject: "mailto:push@example.com" });
  const secret = randomBytes(32).toString("base64url");
  await admin.ok("PUT", `${at}/jwt`, { secret });
  await admin.ok("PUT", `/v1/apps/${ID}/client-auth`, { kind: "hs256" });
  return {
    id: ID,
    api: apiClient(runtime.apiUrl, String(key)),
    token: (user) => clientToken(ID, user, secret, runtime.clock.now()),
  };
}
