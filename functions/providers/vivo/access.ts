import { hash } from "node:crypto";
import type { VivoCredentials } from "../../core/credentials/vendors.ts";
import { withoutAnswer } from "../transport/reply.ts";
import type { SharedToken, TokenStore, TokenTimes } from "../transport/shared-token.ts";
import { noToken, vendorAccess } from "../vendor/access.ts";
import type { VendorClient } from "../vendor/client.ts";
import { classifier } from "../vendor/verdict.ts";
import { VIVO_CLASSES, vivoVerdict } from "./outcome.ts";

const MINUTE_MS = 60_000;
const FETCH_TIMEOUT_MS = 5_000;

/** Tokens live 24 hours, several side by side; vivo advises to renew them every hour or two. */
const TIMES: TokenTimes = {
  renewAfterMs: 80 * MINUTE_MS,
  spreadMs: 30 * MINUTE_MS,
  lifeMs: 23 * 60 * MINUTE_MS,
  leastAgeMs: 5_000,
};

type Options = {
  app: string;
  credentials: VivoCredentials;
  client: VendorClient;
  store: TokenStore;
  now(): number;
};

export function vivoAccess({ app, credentials, client, store, now }: Options): SharedToken {
  const { appId, appKey, appSecret } = credentials;
  const classOf = classifier(VIVO_CLASSES, credentials.codes);
  return vendorAccess({
    app,
    provider: "vivo",
    identity: `${appId}.${appKey}.${appSecret}`,
    secret: appSecret,
    times: TIMES,
    store,
    now,
    async fetch() {
      const body = authBody(credentials, now());
      const reply = await client.post(
        { path: "/message/auth", body: { json: body } },
        Date.now() + FETCH_TIMEOUT_MS,
      );
      if (reply.kind !== "answer") throw noToken({ ...withoutAnswer(reply), kind: "retry" });
      const { class: kind, code } = vivoVerdict(reply, { classOf, nowMs: now() });
      const { authToken } = reply.json;
      if (kind === "ok" && typeof authToken === "string") return authToken;
      const wrong = kind === "auth" || kind === "config" || kind === "payload";
      const reason = kind === "ok" || code.startsWith("status_") ? "token_endpoint" : code;
      throw noToken({ kind: wrong ? "misconfigured" : "retry", status: reply.status, reason });
    },
  });
}

type Account = Pick<VivoCredentials, "appId" | "appKey" | "appSecret">;

export const vivoSign = ({ appId, appKey, appSecret }: Account, timestampMs: number): string =>
  hash("md5", `${appId}${appKey}${timestampMs}${appSecret}`, "hex");

const authBody = (account: Account, timestampMs: number): object => ({
  appId: Number(account.appId),
  appKey: account.appKey,
  timestamp: timestampMs,
  sign: vivoSign(account, timestampMs),
});
