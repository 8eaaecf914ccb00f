import { type AddressChannel, type Addresses, addressOf, normalEmail, type Unreachable } from "./address.ts";
import type { Recipient, UserInput } from "./device.ts";
import { checkSize } from "./item-size.ts";
import { untilFirst } from "./races.ts";

export type Stored = { recipient: Recipient; revision: number };

export type SaveUserPorts = {
  now(): number;
  pause(race: number): Promise<void>;
  get(app: string, user: string): Promise<Stored | undefined>;
  save(recipient: Recipient, revision: number): Promise<boolean>;
  /** The app has one user more. */
  counted(app: string, user: string, by: 1 | -1): Promise<void>;
};

/**
 * Creates a user or replaces the profile; devices, preferences and the time of creation stay.
 * @throws AppError limit_reached, conflict
 */
export async function saveUser(
  ports: SaveUserPorts,
  app: string,
  user: string,
  input: UserInput,
): Promise<{ recipient: Recipient; created: boolean }> {
  return untilFirst(
    async () => {
      const stored = await ports.get(app, user);
      const recipient = profile(app, user, input, stored?.recipient, ports.now());
      if (stored && JSON.stringify(recipient) === JSON.stringify(ordered(stored.recipient)))
        return { recipient, created: false };
      checkSize(recipient, stored?.recipient);
      if (!(await ports.save(recipient, stored?.revision ?? 0))) return undefined;
      if (stored === undefined) await ports.counted(app, user, 1);
      return { recipient, created: stored === undefined };
    },
    ports.pause,
    `user ${user}`,
  );
}

function profile(
  app: string,
  user: string,
  input: UserInput,
  before: Recipient | undefined,
  nowMs: number,
): Recipient {
  const { name, locale, zone, attributes, phone, webhook } = input;
  const email = input.email === undefined ? undefined : normalEmail(input.email);
  const addresses: Addresses = {
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone }),
    ...(webhook !== undefined && { webhook }),
  };
  const unreachable = stillUnreachable(before, addresses);
  return ordered({
    app,
    user,
    createdAtMs: before?.createdAtMs ?? nowMs,
    devices: before?.devices ?? [],
    ...(name !== undefined && { name }),
    ...(locale !== undefined && { locale }),
    ...(zone !== undefined && { zone }),
    ...(attributes !== undefined && { attributes: attributes as NonNullable<Recipient["attributes"]> }),
    ...addresses,
    ...(unreachable && { unreachable }),
    ...(before?.preferences && { preferences: before.preferences }),
  });
}

/** An address that came to be unreachable stays so; another one has yet to show what it is. */
function stillUnreachable(before: Recipient | undefined, now: Addresses): Unreachable | undefined {
  const kept = (
    Object.entries(before?.unreachable ?? {}) as [AddressChannel, { atMs: number; reason: string }][]
  ).filter(([channel]) => addressOf(channel, before ?? {})?.value === addressOf(channel, now)?.value);
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/** Fields in one order, so that two recipients can be compared as text. */
function ordered({ attributes, preferences, unreachable, webhook, ...rest }: Recipient): Recipient {
  const sorted = <T extends object>(value: T): T =>
    Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) as T;
  return sorted({
    ...rest,
    ...(attributes && { attributes: sorted(attributes) }),
    ...(webhook && { webhook: sorted(webhook) }),
    ...(unreachable && { unreachable: sorted(unreachable) }),
    ...(preferences && { preferences: sorted(preferences) }),
  });
}
