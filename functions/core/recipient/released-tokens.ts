import type { Device, Token } from "./device.ts";
import type { TokenMove, TokenOwner } from "./register-device.ts";

/** The tokens that a device holds, apart from those in `kept`, as its record says. */
export const heldBy = (
  { id, tokens }: Device,
  user: string,
  kept: readonly Token[] = [],
): TokenMove["dropped"] =>
  tokens
    .filter(({ hash, goneAtMs }) => goneAtMs === undefined && !kept.some((token) => token.hash === hash))
    .map(({ hash }) => ({ hash, before: { user, device: id } }));

/**
 * Of the tokens that records list, those that are theirs to give up: a partial restore may have left an owner's row
 * out, or to somebody else.
 */
export async function released(
  listed: TokenMove["dropped"],
  owner: (hash: string) => Promise<TokenOwner | undefined>,
): Promise<TokenMove["dropped"]> {
  const owners = await Promise.all(listed.map(({ hash }) => owner(hash)));
  return listed.filter(
    ({ before }, index) => owners[index]?.user === before.user && owners[index].device === before.device,
  );
}
