import { createHmac, timingSafeEqual } from "node:crypto";
import { AppError } from "../errors/app-error.ts";

/** What a cursor is good for: one app and one query; with another it is refused. */
export type CursorScope = { app: string; query: Record<string, unknown> };

const MAX_CURSOR_CHARS = 2_048;

const signature = (payload: string, scope: CursorScope, secret: string): string =>
  createHmac("sha256", secret)
    .update(JSON.stringify([scope.app, Object.entries(scope.query).sort(), payload]))
    .digest()
    .subarray(0, 16)
    .toString("base64url");

/** A place in a list that only we can write: clients hand it back, and cannot make it point elsewhere. */
export function sealCursor(place: unknown, scope: CursorScope, secret: string): string {
  const payload = Buffer.from(JSON.stringify(place)).toString("base64url");
  return `${payload}.${signature(payload, scope, secret)}`;
}

/** @throws AppError invalid_request for a cursor that is not ours, of another app, or of another query */
export function openCursor<T>(cursor: string, scope: CursorScope, secret: string): T {
  const [payload = ""] = cursor.slice(0, MAX_CURSOR_CHARS).split(".", 1);
  // As texts: a reader of base64url takes many texts for the same bytes.
  const given = Buffer.from(cursor);
  const expected = Buffer.from(`${payload}.${signature(payload, scope, secret)}`);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    const detail = "is not a cursor of this app and this query";
    throw new AppError("invalid_request", `/cursor: ${detail}`, { errors: [{ pointer: "/cursor", detail }] });
  }
  return JSON.parse(Buffer.from(payload, "base64url").toString()) as T;
}
