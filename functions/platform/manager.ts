import type { App } from "../core/app/app.ts";
import { AppError } from "../core/errors/app-error.ts";
import { ENV } from "../names.ts";
import { catalogStore } from "../storage/catalog.ts";
import { authoriseKey, bearerOf, type Caller, sameText, unauthorized } from "./auth.ts";
import { tableOf } from "./clients.ts";
import { need } from "./env.ts";
import type { HttpRequest } from "./http.ts";
import { ownSecret } from "./own-secrets.ts";

/** Who calls the service side: the deployment's admin, or an app's key. */
export type Manager = { kind: "admin" } | ({ kind: "key" } & Caller);

/**
 * The admin key opens what belongs to apps as such; everything inside an app needs a key of that app.
 * @throws AppError unauthorized, forbidden, signature_invalid, rate_limited
 */
export async function authoriseManager(
  request: HttpRequest,
): Promise<{ caller: Manager; headers: Record<string, string> }> {
  const { access } = request.operation;
  const bearer = bearerOf(request);
  if (bearer === "") throw unauthorized();
  if (bearer.startsWith("ck_")) {
    const { caller, headers } = await authoriseKey(request);
    if ("admin" in access) throw new AppError("forbidden", "this needs the admin key of the deployment");
    return { caller: { kind: "key", ...caller }, headers };
  }
  if (!sameText(bearer, await ownSecret(need(ENV.adminKeySecret)))) throw unauthorized();
  if (!("admin" in access) && !("key" in access && access.key === "apps")) {
    throw new AppError("forbidden", "the admin key manages apps; this needs a key of the app itself");
  }
  return { caller: { kind: "admin" }, headers: {} };
}

/** The app whose key was shown. */
export function ownApp(caller: Manager): App {
  if (caller.kind === "key") return caller.app;
  throw new AppError("forbidden", "the admin key manages apps; this needs a key of the app itself");
}

/**
 * The app that the path names: any for the admin, one's own for a key. Another app's id is answered like one that
 * does not exist.
 * @throws AppError not_found
 */
export async function namedApp(caller: Manager, id: string): Promise<App> {
  const hidden = caller.kind === "key" && caller.app.id !== id;
  const app = hidden ? undefined : await catalogStore(tableOf("catalog")).app(id, true);
  if (app === undefined) throw new AppError("not_found", `there is no app ${id}`);
  return app;
}
