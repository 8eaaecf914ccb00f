import { type CursorScope, openCursor, sealCursor } from "../core/api/cursor.ts";
import { ENV } from "../names.ts";
import { need } from "./env.ts";
import { ownSecret } from "./own-secrets.ts";

const cursorSecret = () => ownSecret(need(ENV.cursorSecret));

/** Where a list goes on. @throws AppError invalid_request */
export async function placeIn<Place>(
  cursor: string | undefined,
  scope: CursorScope,
): Promise<Place | undefined> {
  return cursor === undefined ? undefined : openCursor<Place>(cursor, scope, await cursorSecret());
}

/** What an answer says of the place where its list goes on, if it does. */
export async function cursorOf(place: unknown, scope: CursorScope): Promise<{ cursor?: string }> {
  return place === undefined ? {} : { cursor: sealCursor(place, scope, await cursorSecret()) };
}
