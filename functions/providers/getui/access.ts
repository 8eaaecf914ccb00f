import { createHash } from "node:crypto";
import type { GetuiCredentials } from "../../core/credentials/vendors.ts";
import { withoutAnswer } from "../transport/reply.ts";
import type { SharedToken, TokenStore, TokenTimes } from "../transport/shared-token.ts";
import { noToken, vendorAccess } from "../vendor/access.ts";
import type { VendorClient } from "../vendor/client.ts";
import { isObject } from "../vendor/content.ts";
import { byStatus, type classifier, codeText, outcomeOf } from "../vendor/verdict.ts";

const HOUR_MS = 3_600_000;
const FETCH_TIMEOUT_MS = 5_000;

/** `expire_time` is about a day away; 100 tokens a minute and 100,000 a day are the endpoint's limit for an app. */
const TIMES: TokenTimes = {
  renewAfterMs: 18 * HOUR_MS,
  spreadMs: 2 * HOUR_MS,
  lifeMs: 23 * HOUR_MS,
  leastAgeMs: 5_000,
};

type Options = {
  app: string;
  credentials: GetuiCredentials;
  client: VendorClient;
  store: TokenStore;
  classOf: ReturnType<typeof classifier>;
  now(): number;
};

export function getuiAccess({ app, credentials, client, store, classOf, now }: Options): SharedToken {
  const { appId, appKey, masterSecret } = credentials;
  return vendorAccess({
    app,
    provider: "getui",
    identity: `${appId}.${appKey}.${masterSecret}`,
    secret: masterSecret,
    times: TIMES,
    store,
    now,
    fetch: () => fetchToken({ credentials, client, classOf, timestamp: String(now()) }),
  });
}

type Fetch = Pick<Options, "credentials" | "client" | "classOf"> & { timestamp: string };

async function fetchToken({ credentials, client, classOf, timestamp }: Fetch): Promise<string> {
  const { appId, appKey, masterSecret } = credentials;
  const sign = getuiSign(appKey, timestamp, masterSecret);
  const reply = await client.post(
    { path: `/v2/${appId}/auth`, body: { json: { sign, timestamp, appkey: appKey } } },
    Date.now() + FETCH_TIMEOUT_MS,
  );
  if (reply.kind !== "answer") throw noToken({ ...withoutAnswer(reply), kind: "retry" });
  const { status, json } = reply;
  const token = isObject(json["data"]) ? json["data"]["token"] : undefined;
  if (status === 200 && typeof token === "string") return token;
  const code = codeText(json["code"]);
  const kind = (code === undefined || code === "0" ? undefined : classOf(code)) ?? byStatus(status);
  // A refusal that nobody can read is no reason to give a message up: nothing was sent.
  const outcome = outcomeOf({ class: kind, code: code ?? "token_endpoint" }, status);
  if (outcome.kind === "unknown") throw noToken({ kind: "retry", status, reason: "token_endpoint" });
  throw noToken(kind === "payload" ? { ...outcome, kind: "misconfigured" } : outcome);
}

/** `timestamp` in milliseconds. */
export const getuiSign = (appKey: string, timestamp: string, masterSecret: string): string =>
  createHash("sha256").update(`${appKey}${timestamp}${masterSecret}`).digest("hex");
