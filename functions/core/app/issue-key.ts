import { AppError } from "../errors/app-error.ts";
import { sha256Hex } from "../hash.ts";
import type { ApiKey } from "./app.ts";
import type { KeyInput } from "./app-input.ts";

export type IssueKeyPorts = {
  now(): number;
  apiKeys(app: string): AsyncIterable<ApiKey>;
  createApiKey(key: ApiKey): Promise<void>;
  /** Letters and digits only: part of the key's visible name. */
  newKeyId(): string;
  /** 32 bytes of chance, base64url. */
  newSecret(): string;
};

/** A new key beside the one that it will replace: rotation needs two at once, nothing needs three. */
const LIVE_WITH_ONE_NAME = 2;
/** Keys are listed whole; an app with more of them is leaking them somewhere. */
const MAX_LIVE = 50;
export const DEFAULT_KEY_NAME = "default";

/**
 * A key whose secret is shown now and never again: only its hash is kept.
 * @throws AppError limit_reached
 */
export async function issueKey(
  ports: IssueKeyPorts,
  app: string,
  input: KeyInput,
): Promise<{ key: ApiKey; text: string }> {
  const name = input.name ?? DEFAULT_KEY_NAME;
  const live: ApiKey[] = [];
  for await (const key of ports.apiKeys(app)) if (key.revokedAtMs === undefined) live.push(key);
  const namesakes = live.filter((key) => (key.name ?? DEFAULT_KEY_NAME) === name);
  if (namesakes.length >= LIVE_WITH_ONE_NAME) {
    throw new AppError("limit_reached", `two keys named "${name}" are live: revoke one before the next`);
  }
  if (live.length >= MAX_LIVE)
    throw new AppError("limit_reached", `the app has ${MAX_LIVE} live keys already`);
  const secret = ports.newSecret();
  const key: ApiKey = {
    app,
    id: ports.newKeyId(),
    hash: sha256Hex(secret),
    scopes: [...new Set(input.scopes)],
    createdAtMs: ports.now(),
    name,
    ...(input.signed && { signed: true }),
  };
  await ports.createApiKey(key);
  return { key, text: `ck_${app}.${key.id}.${secret}` };
}
