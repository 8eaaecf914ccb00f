import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { ApiKey, App, Scope } from "../core/app/app.ts";
import { AppError } from "../core/errors/app-error.ts";
import { sha256Hex } from "../core/hash.ts";
import { catalogStore } from "../storage/catalog.ts";
import { findApp } from "./apps.ts";
import { cached } from "./cached.ts";
import { now, tableOf } from "./clients.ts";
import type { HttpRequest } from "./http.ts";
import { takeNonce } from "./nonces.ts";
import { countAppRequest, rateHeaders } from "./rate-limits.ts";

/** Who calls, once it is proved. */
export type Caller = { app: App; key: Pick<ApiKey, "id" | "scopes"> };

/** A revoked key works nowhere any more after this long. */
const KEY_TTL_MS = 5_000;
/** A signed request is good for five minutes either way. */
const SIGNATURE_TOLERANCE_MS = 300_000;

const keys = cached<ApiKey | undefined>(KEY_TTL_MS, (name) => {
  const [app, id] = name.split("#") as [string, string];
  return catalogStore(tableOf("catalog")).apiKey(app, id);
});

/** `ck_<app>.<key id>.<secret>`: the key names its app, so that one read finds it. */
const KEY = /^ck_([a-z0-9][a-z0-9-]{0,39})\.([A-Za-z0-9]{8,32})\.([A-Za-z0-9_-]{32,64})$/;

export const bearerOf = (request: HttpRequest): string =>
  /^Bearer +(\S+)$/i.exec(request.headers["authorization"] ?? "")?.[1] ?? "";

/**
 * An API key and its scope, its app's rate, and its signature where the key demands one.
 * @throws AppError unauthorized, forbidden, signature_invalid, rate_limited
 */
export async function authoriseKey(
  request: HttpRequest,
): Promise<{ caller: Caller; headers: Record<string, string> }> {
  const [, appId, keyId, secret] = KEY.exec(bearerOf(request)) ?? [];
  if (appId === undefined || keyId === undefined || secret === undefined) throw unauthorized();
  const [app, key] = await Promise.all([findApp(appId), keys.get(`${appId}#${keyId}`)]);
  if (!app || app.disabled || !key || key.revokedAtMs !== undefined || !sameText(sha256Hex(secret), key.hash))
    throw unauthorized();
  const { access } = request.operation;
  if ("key" in access) needScope(key.scopes, access.key);
  if (key.signed) await checkSignature(request, secret, key);
  const rate = await countAppRequest(app);
  return { caller: { app, key }, headers: rateHeaders(rate) };
}

export function needScope(scopes: readonly Scope[], scope: Scope): void {
  if (!scopes.includes(scope)) throw new AppError("forbidden", `this needs a key with the scope "${scope}"`);
}

export function unauthorized(): AppError {
  return new AppError("unauthorized", "send Authorization: Bearer <key> with a key that is not revoked", {
    headers: { "WWW-Authenticate": "Bearer" },
  });
}

export function sameText(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(left!, right!);
}

/** What is signed, a line each: method, path with query, timestamp (s), nonce, SHA-256 of the body in hex. */
export function signedText(parts: {
  method: string;
  path: string;
  timestamp: string;
  nonce: string;
  body: string;
}): string {
  return [parts.method, parts.path, parts.timestamp, parts.nonce, sha256Hex(parts.body)].join("\n");
}

async function checkSignature(request: HttpRequest, secret: string, key: ApiKey): Promise<void> {
  const timestamp = request.headers["clarion-timestamp"] ?? "";
  const nonce = request.headers["clarion-nonce"] ?? "";
  const signature = request.headers["clarion-signature"] ?? "";
  const refuse = (why: string) => new AppError("signature_invalid", why);
  if (!/^\d{10}$/.test(timestamp)) throw refuse("Clarion-Timestamp must be seconds since 1970");
  if (!/^[\w-]{16,64}$/.test(nonce)) throw refuse("Clarion-Nonce must be 16-64 letters, digits, _ and -");
  if (Math.abs(Number(timestamp) * 1000 - now()) > SIGNATURE_TOLERANCE_MS) {
    throw refuse("Clarion-Timestamp is more than five minutes off");
  }
  const query = new URLSearchParams(
    Object.entries(request.query).sort(([a], [b]) => (a < b ? -1 : 1)),
  ).toString();
  const path = query ? `${request.path}?${query}` : request.path;
  const text = signedText({
    method: request.operation.method,
    path,
    timestamp,
    nonce,
    body: request.rawBody,
  });
  const expected = createHmac("sha256", secret).update(text).digest("hex");
  if (!sameText(signature, expected)) throw refuse("Clarion-Signature does not fit the request");
  const fresh = await takeNonce(`${key.app}#${key.id}#${nonce}`, now() + 2 * SIGNATURE_TOLERANCE_MS);
  if (!fresh) throw refuse("Clarion-Nonce was used before");
}
