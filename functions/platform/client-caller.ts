import { AppError } from "../core/errors/app-error.ts";
import { findApp } from "./apps.ts";
import { bearerOf } from "./auth.ts";
import { verifyClientToken } from "./client-token.ts";
import type { CorsQuestion, HttpRequest } from "./http.ts";
import { countAddressRequest, countUserRequest, rateHeaders } from "./rate-limits.ts";
import type { TokenHolder } from "./token-verifier.ts";

/**
 * An end user by their JWT, within their rate and their address's.
 * @throws AppError unauthorized, forbidden, rate_limited
 */
export async function authoriseUser(
  request: HttpRequest,
): Promise<{ caller: TokenHolder; headers: Record<string, string> }> {
  const token = bearerOf(request);
  const [holder] = await Promise.all([
    token === "" ? undefined : verifyClientToken(token),
    countAddressRequest(request.sourceIp),
  ]);
  if (holder === undefined) {
    throw new AppError("unauthorized", "send Authorization: Bearer <the user's JWT, signed by the app>", {
      headers: { "WWW-Authenticate": "Bearer" },
    });
  }
  const named = request.query["app"];
  if (named !== undefined && named !== holder.app)
    throw new AppError("forbidden", "the token is another app's than the query names");
  return { caller: holder, headers: rateHeaders(await countUserRequest(holder.app, holder.user)) };
}

const PREFLIGHT_S = 600;

/** CORS headers where the app that the URL names has the origin among its own; none otherwise. */
export async function corsOf(
  appId: string | undefined,
  origin: string,
  { method }: CorsQuestion,
): Promise<Record<string, string>> {
  const app = appId === undefined ? undefined : await findApp(appId);
  // Without it a cache could hand one origin's answer to another.
  const vary = { Vary: "Origin" };
  if (!app?.origins.includes(origin)) return vary;
  const allowed = {
    ...vary,
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Expose-Headers": "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After",
  };
  if (method !== "OPTIONS") return allowed;
  return {
    ...allowed,
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, traceparent",
    "Access-Control-Max-Age": String(PREFLIGHT_S),
  };
}
