import { MAX_TOKENS, type Recipient } from "./device.ts";
import { untilFirst } from "./races.ts";
import type { TokenMove, TokenOwner } from "./register-device.ts";
import { heldBy, released } from "./released-tokens.ts";
import type { Stored } from "./save-user.ts";

export type EraseUserPorts = {
  pause(race: number): Promise<void>;
  get(app: string, user: string): Promise<Stored | undefined>;
  /** Owners of tokens by hash; absent where nobody holds one. */
  owners(app: string, hashes: readonly string[]): Promise<Map<string, TokenOwner>>;
  move(move: TokenMove): Promise<boolean>;
  /** If the person stands as they were read. */
  remove(recipient: Recipient, revision: number): Promise<boolean>;
  noteErased(app: string, user: string): Promise<void>;
  /** Client tokens issued until now must not bring the person back. */
  refuseOlderTokens(app: string, user: string): Promise<void>;
  counted(app: string, user: string, by: 1 | -1): Promise<void>;
  eraseInbox(app: string, user: string): Promise<void>;
  eraseConnections(app: string, user: string): Promise<void>;
};

/** Rows of one transaction of DynamoDB's; one is the recipient, the others are tokens'. */
const TRANSACTION = 100;
const DEVICES_AT_ONCE = Math.floor((TRANSACTION - 1) / MAX_TOKENS);

/**
 * Erases a person: tokens, recipient, inbox, connections. Every step may be repeated, so that an erasure that was
 * cut off is finished by asking again; jobs under way drop the person's targets.
 * @throws AppError conflict
 */
export async function eraseUser(ports: EraseUserPorts, app: string, user: string): Promise<void> {
  await Promise.all([ports.noteErased(app, user), ports.refuseOlderTokens(app, user)]);
  let left = await eraseStep(ports, app, user);
  while (left) left = await eraseStep(ports, app, user);
  await ports.noteErased(app, user);
  await Promise.all([ports.eraseInbox(app, user), ports.eraseConnections(app, user)]);
}

/** Gives up the tokens of some devices, or removes the empty recipient; whether there is more to do. */
async function eraseStep(ports: EraseUserPorts, app: string, user: string): Promise<boolean> {
  return untilFirst(
    async () => {
      const stored = await ports.get(app, user);
      if (stored === undefined) return false;
      const { recipient, revision } = stored;
      const some = recipient.devices.slice(0, DEVICES_AT_ONCE);
      if (some.length === 0) {
        if (!(await ports.remove(recipient, revision))) return undefined;
        await ports.counted(app, user, -1);
        return false;
      }
      const held = some.flatMap((device) => heldBy(device, user));
      const owners = await ports.owners(
        app,
        held.map(({ hash }) => hash),
      );
      const dropped = await released(held, async (hash) => owners.get(hash));
      const next = { ...recipient, devices: recipient.devices.slice(DEVICES_AT_ONCE) };
      const moved = await ports.move({
        app,
        recipients: [{ recipient: next, revision }],
        taken: [],
        dropped,
      });
      return moved ? true : undefined;
    },
    ports.pause,
    `user ${user}`,
  );
}
