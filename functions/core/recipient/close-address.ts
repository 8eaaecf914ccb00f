import type { GoneToken } from "../dispatch/after-steps.ts";
import { ADDRESS_DEVICE, type AddressChannel, addressOf } from "./address.ts";
import type { Recipient } from "./device.ts";
import { untilFirst } from "./races.ts";

export type CloseAddressPorts = {
  pause(race: number): Promise<void>;
  get(app: string, user: string): Promise<{ recipient: Recipient; revision: number } | undefined>;
  save(recipient: Recipient, revision: number): Promise<boolean>;
};

/** The channel of an address' pseudo device; undefined for devices. */
export const channelOfAddress = (device: string): AddressChannel | undefined =>
  (Object.keys(ADDRESS_DEVICE) as AddressChannel[]).find((channel) => ADDRESS_DEVICE[channel] === device);

/**
 * Marks an address as one that takes nothing any more, unless the person has another by now: the next messages are
 * left out with the reason, until the profile names another address.
 * @returns whether it was marked
 */
export async function closeAddress(
  ports: CloseAddressPorts,
  app: string,
  channel: AddressChannel,
  { user, token, reason, atMs }: Pick<GoneToken, "user" | "token" | "reason" | "atMs">,
): Promise<boolean> {
  return untilFirst(
    async () => {
      const stored = await ports.get(app, user);
      const held = stored && addressOf(channel, stored.recipient);
      if (stored === undefined || held?.value !== token || stored.recipient.unreachable?.[channel])
        return false;
      const unreachable = { ...stored.recipient.unreachable, [channel]: { atMs, reason } };
      const marked = await ports.save({ ...stored.recipient, unreachable }, stored.revision);
      return marked ? true : undefined;
    },
    ports.pause,
    `user ${user}`,
  );
}
