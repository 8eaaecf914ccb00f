import type { GoneToken } from "../dispatch/after-steps.ts";
import { sha256Hex } from "../hash.ts";
import type { Device, Recipient, Token } from "./device.ts";
import type { TokenMove, TokenOwner } from "./register-device.ts";

export type RemoveTokenPorts = {
  get(app: string, user: string): Promise<{ recipient: Recipient; revision: number } | undefined>;
  owner(app: string, hash: string): Promise<TokenOwner | undefined>;
  /** Recipients and owner rows in one transaction; false when somebody else changed them first. */
  move(move: TokenMove): Promise<boolean>;
};

const MAX_RACES = 5;

/**
 * Takes a gone token off its device, unless it was registered again since: a registration is never undone by an
 * older "gone". The device keeps when and why, for Explain.
 * @returns whether a token was removed
 */
export async function removeToken(ports: RemoveTokenPorts, app: string, gone: GoneToken): Promise<boolean> {
  const hash = sha256Hex(gone.token);
  for (let race = 0; race < MAX_RACES; race++) {
    const stored = await ports.get(app, gone.user);
    const device = stored?.recipient.devices.find(({ id }) => id === gone.device);
    const token = device?.tokens.find((held) => held.hash === hash);
    if (!stored || !device || !token || token.goneAtMs !== undefined || registeredSince(token, gone))
      return false;
    const next = replaceDevice(stored.recipient, withoutToken(device, token, gone));
    const before = { user: gone.user, device: gone.device };
    const owner = await ports.owner(app, hash);
    // A partial restore may have left the row out, or to somebody else: then it is not ours to remove.
    const owned = owner?.user === before.user && owner.device === before.device;
    const recipients = [{ recipient: next, revision: stored.revision }];
    if (await ports.move({ app, recipients, taken: [], dropped: owned ? [{ hash, before }] : [] }))
      return true;
  }
  throw new Error("a recipient changed five times while one gone token was removed");
}

function registeredSince(token: Token, gone: GoneToken): boolean {
  if (gone.sinceMs !== undefined) return token.registeredAtMs > gone.sinceMs;
  return token.registeredAtMs > gone.registeredAtMs;
}

/** The device with a token struck off; without any left it is unregistered. */
export function withoutToken(device: Device, token: Token, gone: { atMs: number; reason: string }): Device {
  // The token itself is no longer needed and may belong to somebody else tomorrow: only its hash stays.
  const tombstone: Token = { ...token, token: "", goneAtMs: gone.atMs, goneReason: gone.reason };
  const tokens = device.tokens.map((held) => (held === token ? tombstone : held));
  if (tokens.some((held) => held.goneAtMs === undefined)) return { ...device, tokens };
  return { ...device, tokens, status: "unregistered", invalidatedAtMs: gone.atMs, reason: gone.reason };
}

const replaceDevice = (recipient: Recipient, device: Device): Recipient => ({
  ...recipient,
  devices: recipient.devices.map((held) => (held.id === device.id ? device : held)),
});
