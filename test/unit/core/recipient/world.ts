import type { DeviceInput, Recipient } from "../../../../functions/core/recipient/device.ts";
import type { ReadAheadPorts } from "../../../../functions/core/recipient/read-ahead.ts";
import {
  type RegisterPorts,
  registerDevice,
  type TokenOwner,
} from "../../../../functions/core/recipient/register-device.ts";
import type { Stored } from "../../../../functions/core/recipient/save-user.ts";

/** Directory in memory, with its revisions; `calls` is what was written and which owners were looked up. */
export function directory() {
  const rows = new Map<string, Stored>();
  const owners = new Map<string, TokenOwner>();
  const calls: string[] = [];
  const reads: string[] = [];
  let nowMs = 1_000;
  const stands = (recipient: Recipient, revision: number): boolean => {
    const row = rows.get(recipient.user);
    if (row === undefined || revision === 0) return row === undefined && revision === 0;
    return row.revision === revision && row.recipient.createdAtMs === recipient.createdAtMs;
  };
  const put = (recipient: Recipient, revision: number): boolean => {
    if (!stands(recipient, revision)) return false;
    rows.set(recipient.user, { recipient, revision: revision + 1 });
    return true;
  };
  const same = (a: TokenOwner | undefined, b: TokenOwner | undefined) =>
    a?.user === b?.user && a?.device === b?.device;
  const ports: ReadAheadPorts = {
    now: () => nowMs,
    pause: async () => undefined,
    get: async (_app, user) => {
      reads.push(`user ${user}`);
      return rows.get(user);
    },
    getMany: async (_app, users) => {
      reads.push(`users ${users.join(" ")}`);
      return new Map(users.flatMap((user) => (rows.has(user) ? [[user, rows.get(user)!]] : [])));
    },
    countedAll: async (_app, users) => {
      calls.push(`counted ${users.join(" ")}`);
    },
    save: async (recipient, revision) => {
      calls.push("save");
      return put(recipient, revision);
    },
    counted: async () => {
      calls.push("counted");
    },
    owner: async (_app, hash) => {
      calls.push("owner");
      return owners.get(hash);
    },
    owners: async (_app, hashes) => {
      reads.push(`${hashes.length} owners`);
      return new Map(hashes.flatMap((hash) => (owners.has(hash) ? [[hash, owners.get(hash)!]] : [])));
    },
    move: async ({ recipients, taken, dropped }) => {
      calls.push("move");
      const fits =
        recipients.every(({ recipient, revision }) => stands(recipient, revision)) &&
        [...taken, ...dropped].every(({ hash, before }) => same(owners.get(hash), before));
      if (!fits) return false;
      for (const { recipient, revision } of recipients) put(recipient, revision);
      for (const { hash, owner } of taken) owners.set(hash, owner);
      for (const { hash } of dropped) owners.delete(hash);
      return true;
    },
    noteMoved: async (_app, { user, device }) => {
      calls.push(`moved ${user}/${device}`);
    },
    noteErased: async (_app, { user, device }) => {
      calls.push(`erased ${user}/${device}`);
    },
    erasedAtMs: async () => undefined,
    checkEndpoint: () => undefined,
    subscribed: async (_app, { user, device }) => {
      calls.push(`subscribed ${user}/${device}`);
    },
  };
  return {
    ports,
    rows,
    owners,
    calls,
    reads,
    later: () => {
      nowMs += 1_000;
    },
  };
}

export const input = (...tokens: string[]): DeviceInput => ({
  platform: "android",
  tokens: tokens.map((token) => ({ kind: "fcmToken", token })),
});
export const register = (ports: RegisterPorts, user: string, device: string, body: DeviceInput) =>
  registerDevice(ports, { app: "a", user, device, input: body });
