import { type RegisterPorts, type Registration, type TokenOwner, tokenHashes } from "./register-device.ts";
import { heldBy } from "./released-tokens.ts";
import type { Stored } from "./save-user.ts";

export type ReadAheadPorts = RegisterPorts & {
  /** Users as they stand, by id; absent where the app has no such user. */
  getMany(app: string, users: readonly string[]): Promise<Map<string, Stored>>;
  /** Owners of tokens by hash; absent where nobody holds one. */
  owners(app: string, hashes: readonly string[]): Promise<Map<string, TokenOwner>>;
  /** The app has these users more. */
  countedAll(app: string, users: readonly string[]): Promise<void>;
};

export type ReadAhead = RegisterPorts & {
  /** Counts the users that were created, behind the last: on the count only the number of walkers depends. */
  end(): Promise<void>;
};

/**
 * Ports for many writes in one request: what they are going to read is read in batches beforehand, and follows
 * what they write. A value serves once: who loses a race reads for himself. Every write keeps its own conditions,
 * so that a value grown old can cost a race, and never more.
 */
export async function readAheadUsers(
  ports: ReadAheadPorts,
  app: string,
  users: readonly string[],
): Promise<ReadAhead> {
  return following(ports, app, {
    users: await known(users, (ids) => ports.getMany(app, ids)),
    owners: new Map(),
  });
}

/** As readAheadUsers, with the tokens that the devices take or give up and with those who hold them. */
export async function readAheadDevices(
  ports: ReadAheadPorts,
  app: string,
  registrations: readonly Omit<Registration, "app">[],
): Promise<ReadAhead> {
  const readUsers = (ids: readonly string[]) => known(ids, (some) => ports.getMany(app, some));
  const users = await readUsers(registrations.map(({ user }) => user));
  const changing = registrations.flatMap(({ user, device, input }) => {
    const held = users.get(user)?.recipient.devices.find(({ id }) => id === device);
    const live = new Set(held ? heldBy(held, user).map(({ hash }) => hash) : []);
    return [...live.symmetricDifference(new Set(tokenHashes(input)))];
  });
  const owners = await known(changing, (hashes) => ports.owners(app, hashes));
  const holders = [...owners.values()].flatMap((owner) => owner?.user ?? []);
  const others = await readUsers(holders.filter((user) => !users.has(user)));
  return following(ports, app, { users: new Map([...users, ...others]), owners });
}

/** Undefined = looked up, and not there. */
type Known<T> = Map<string, T | undefined>;

async function known<T>(
  keys: readonly string[],
  read: (keys: readonly string[]) => Promise<Map<string, T>>,
): Promise<Known<T>> {
  const unique = [...new Set(keys)];
  if (unique.length === 0) return new Map();
  const found = await read(unique);
  return new Map(unique.map((key) => [key, found.get(key)]));
}

function following(
  ports: ReadAheadPorts,
  app: string,
  { users, owners }: { users: Known<Stored>; owners: Known<TokenOwner> },
): ReadAhead {
  const created: string[] = [];
  const wrote = ({ recipient, revision }: Stored) =>
    users.set(recipient.user, { recipient, revision: revision + 1 });
  return {
    ...ports,
    get: (_app, user) => takenOr(users, user, () => ports.get(app, user)),
    owner: (_app, hash) => takenOr(owners, hash, () => ports.owner(app, hash)),
    async save(recipient, revision) {
      const saved = await ports.save(recipient, revision);
      if (saved) wrote({ recipient, revision });
      return saved;
    },
    async move(move) {
      const moved = await ports.move(move);
      if (!moved) return false;
      for (const stored of move.recipients) wrote(stored);
      for (const { hash, owner } of move.taken) owners.set(hash, owner);
      for (const { hash } of move.dropped) owners.set(hash, undefined);
      return true;
    },
    // Many in one request are moved here from elsewhere: nobody subscribes at this moment.
    subscribed: async () => undefined,
    counted: async (_app, user) => {
      created.push(user);
    },
    end: async () => {
      if (created.length > 0) await ports.countedAll(app, created);
    },
  };
}

async function takenOr<T>(
  values: Known<T>,
  key: string,
  read: () => Promise<T | undefined>,
): Promise<T | undefined> {
  if (!values.has(key)) return read();
  const value = values.get(key);
  values.delete(key);
  return value;
}
