import type { NotificationBody } from "../notification/notification.ts";
import type { Recipient } from "../recipient/device.ts";
import type { Candidate } from "./decide.ts";
import type { Page } from "./plan-page.ts";
import { keyAfter, listKey, parseWalkKey } from "./shards.ts";

export const LIST_PAGE = 100;
export const WALK_PAGE = 1_000;
const SHARDS_AHEAD = 8;

/** Where candidates come from. */
export type DirectoryReader = {
  list(app: string, users: readonly string[], consistent: boolean): Promise<(Recipient | undefined)[]>;
  shardPage(app: string, shard: number, after: string, limit: number): Promise<Recipient[]>;
  /** Users of a shard, from first to last in key order, with an open connection. */
  onlineBetween(app: string, shard: number, first: string, last: string): Promise<Set<string>>;
};

type Named = { user: string; devices?: string[] };

/** Users of a list in order, each once, with the devices asked for where the audience names devices. */
export function namedUsers({ to }: NotificationBody): Named[] {
  if ("users" in to) return [...new Set(to.users)].map((user) => ({ user }));
  if (!("devices" in to)) return [];
  const byUser = new Map<string, string[]>();
  for (const { user, device } of to.devices) byUser.set(user, [...(byUser.get(user) ?? []), device]);
  return [...byUser].map(([user, devices]) => ({ user, devices }));
}

/** One page of a named list: up to 100 users from index `startKey`. */
export async function listPage(
  reader: Pick<DirectoryReader, "list">,
  app: string,
  named: readonly Named[],
  startKey: string,
): Promise<Page> {
  const first = Number(startKey);
  const slice = named.slice(first, first + LIST_PAGE);
  // A device registered a moment ago must be found by a short list; long ones read at half the price.
  const recipients = await reader.list(
    app,
    slice.map(({ user }) => user),
    named.length <= LIST_PAGE,
  );
  const candidates = slice.map(({ user, devices }, index): Candidate => {
    const recipient = recipients[index];
    return { user, ...(recipient && { recipient }), ...(devices && { onlyDevices: devices }) };
  });
  const next = first + LIST_PAGE;
  return { bucket: 0, startKey, nextKey: next < named.length ? listKey(next) : null, candidates };
}

export type Walk = { app: string; bucket: number; to: number; withConnections: boolean };

/**
 * One page of a walker: up to 1,000 users from its cursor on, across as many shards as it takes.
 * `again` reads a page that an earlier worker has written, up to where that one ended.
 */
export async function walkPage(
  reader: Omit<DirectoryReader, "list">,
  walk: Walk,
  startKey: string,
  again?: { until: string | null },
): Promise<Page> {
  const until = again?.until ?? null;
  // Who joined since must not push the page's own users out of its second reading.
  const cap = again ? WALK_PAGE * 2 : WALK_PAGE;
  const segments: { shard: number; recipients: Recipient[] }[] = [];
  const end = until === null ? walk.to : Math.min(walk.to, parseWalkKey(until).shard + 1);
  let { shard, after } = parseWalkKey(startKey);
  let found = 0;
  let density = WALK_PAGE;
  while (shard < end && found < cap) {
    const left = cap - found;
    const ahead = Math.min(
      end - shard,
      Math.max(1, Math.min(SHARDS_AHEAD, Math.floor(left / Math.max(1, density)))),
    );
    const read = await Promise.all(
      Array.from({ length: ahead }, (_, index) =>
        reader.shardPage(walk.app, shard + index, index === 0 ? after : "", left),
      ),
    );
    for (const [index, recipients] of read.entries()) {
      if (found >= cap) break;
      const kept = recipients.slice(0, cap - found);
      segments.push({ shard: shard + index, recipients: kept });
      found += kept.length;
      density = recipients.length;
      if (kept.length < recipients.length || found >= cap) break;
    }
    const last = segments.at(-1)!;
    shard = last.shard + 1;
    after = "";
  }
  return pageOf(reader, walk, startKey, bounded(segments, until), found >= cap, until);
}

type Segment = { shard: number; recipients: Recipient[] };

/** Users before `until` only. */
function bounded(segments: Segment[], until: string | null): Segment[] {
  if (until === null) return segments;
  const stop = parseWalkKey(until);
  return segments.map(({ shard, recipients }) => ({
    shard,
    recipients: shard < stop.shard ? recipients : recipients.filter(({ user }) => user <= stop.after),
  }));
}

async function pageOf(
  reader: Omit<DirectoryReader, "list">,
  walk: Walk,
  startKey: string,
  segments: Segment[],
  full: boolean,
  until: string | null,
): Promise<Page> {
  const filled = segments.filter(({ recipients }) => recipients.length > 0);
  const online = await Promise.all(
    filled.map(({ shard, recipients }) =>
      walk.withConnections
        ? reader.onlineBetween(walk.app, shard, recipients[0]!.user, recipients.at(-1)!.user)
        : Promise.resolve(new Set<string>()),
    ),
  );
  const candidates = filled.flatMap(({ recipients }, index) =>
    recipients.map(
      (recipient): Candidate => ({
        user: recipient.user,
        recipient,
        online: online[index]!.has(recipient.user),
      }),
    ),
  );
  const last = filled.at(-1);
  const nextKey = full && last ? keyAfter(last.shard, last.recipients.at(-1)!.user) : null;
  return { bucket: walk.bucket, startKey, nextKey: until ?? nextKey, candidates };
}
