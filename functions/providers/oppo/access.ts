import { hash } from "node:crypto";
import type { OppoCredentials } from "../../core/credentials/vendors.ts";
import { withoutAnswer } from "../transport/reply.ts";
import type { SharedToken, TokenStore, TokenTimes } from "../transport/shared-token.ts";
import { noToken, vendorAccess } from "../vendor/access.ts";
import type { VendorClient } from "../vendor/client.ts";
import { isObject } from "../vendor/content.ts";
import { classed, classifier, codeText } from "../vendor/verdict.ts";
import { OPPO_CLASSES } from "./outcome.ts";

const HOUR_MS = 3_600_000;
const FETCH_TIMEOUT_MS = 5_000;

/** Tokens live 24 hours. */
const TIMES: TokenTimes = {
  renewAfterMs: 20 * HOUR_MS,
  spreadMs: 2 * HOUR_MS,
  lifeMs: 23 * HOUR_MS,
  leastAgeMs: 5_000,
};

type Options = {
  app: string;
  /** Where the token is from: the other region does not know it. */
  region: string;
  credentials: OppoCredentials;
  client: VendorClient;
  store: TokenStore;
  now(): number;
};

export function oppoAccess({ app, region, credentials, client, store, now }: Options): SharedToken {
  const { appKey, masterSecret, codes } = credentials;
  const classOf = classifier(OPPO_CLASSES, codes);
  return vendorAccess({
    app,
    provider: "oppo",
    identity: `${region}.${appKey}.${masterSecret}`,
    secret: masterSecret,
    times: TIMES,
    store,
    now,
    fetch: () => fetchToken(client, authForm({ appKey, masterSecret, timestampMs: now() }), classOf),
  });
}

export type Signed = { appKey: string; masterSecret: string; timestampMs: number };

export const oppoSign = ({ appKey, masterSecret, timestampMs }: Signed): string =>
  hash("sha256", `${appKey}${timestampMs}${masterSecret}`, "hex");

const authForm = (signed: Signed): Record<string, string> => ({
  app_key: signed.appKey,
  timestamp: String(signed.timestampMs),
  sign: oppoSign(signed),
});

async function fetchToken(
  client: VendorClient,
  form: Record<string, string>,
  classOf: ReturnType<typeof classifier>,
): Promise<string> {
  const reply = await client.post({ path: "/server/v1/auth", body: { form } }, Date.now() + FETCH_TIMEOUT_MS);
  if (reply.kind !== "answer") throw noToken({ ...withoutAnswer(reply), kind: "retry" });
  const { status, json } = reply;
  const code = codeText(json["code"]);
  const kind = classed(code, status, classOf);
  const token = isObject(json["data"]) ? json["data"]["auth_token"] : undefined;
  if (kind === "ok" && typeof token === "string") return token;
  const wrong = kind === "auth" || kind === "config" || kind === "payload";
  const reason = kind === "ok" ? "token_endpoint" : (code ?? "token_endpoint");
  throw noToken({ kind: wrong ? "misconfigured" : "retry", status, reason });
}
