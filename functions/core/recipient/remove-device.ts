import type { Recipient } from "./device.ts";
import { untilFirst } from "./races.ts";
import type { TokenMove, TokenOwner } from "./register-device.ts";
import { heldBy, released } from "./released-tokens.ts";
import type { Stored } from "./save-user.ts";

export type RemoveDevicePorts = {
  pause(race: number): Promise<void>;
  get(app: string, user: string): Promise<Stored | undefined>;
  save(recipient: Recipient, revision: number): Promise<boolean>;
  owner(app: string, hash: string): Promise<TokenOwner | undefined>;
  move(move: TokenMove): Promise<boolean>;
  /** Tells jobs under way that this device must not be sent to any more. */
  noteErased(app: string, place: TokenOwner): Promise<void>;
};

/**
 * Removes a device with its tokens; one that is not there is removed already.
 * @throws AppError conflict
 */
export async function removeDevice(
  ports: RemoveDevicePorts,
  app: string,
  place: TokenOwner,
): Promise<{ removed: boolean }> {
  return untilFirst(
    async () => {
      const stored = await ports.get(app, place.user);
      const device = stored?.recipient.devices.find(({ id }) => id === place.device);
      if (!stored || !device) return { removed: false };
      // Before and after, as with a moved token: see register-device.ts.
      await ports.noteErased(app, place);
      const recipient = {
        ...stored.recipient,
        devices: stored.recipient.devices.filter(({ id }) => id !== place.device),
      };
      const dropped = await released(heldBy(device, place.user), (hash) => ports.owner(app, hash));
      const written =
        dropped.length === 0
          ? await ports.save(recipient, stored.revision)
          : await ports.move({ app, recipients: [{ ...stored, recipient }], taken: [], dropped });
      if (!written) return undefined;
      await ports.noteErased(app, place);
      return { removed: true };
    },
    ports.pause,
    `user ${place.user}`,
  );
}
