import { type FanOut, fanOutOf } from "../notification/fan-out.ts";
import type { NotificationBody } from "../notification/notification.ts";
import type { Recipient } from "../recipient/device.ts";
import type { Candidate } from "./decide.ts";
import type { Page } from "./plan-page.ts";
import { keyAfter, listKey, parseWalkKey } from "./shards.ts";

/** Recipients of a page: their jobs are full and their plan row stays small. */
export const PAGE = 3_000;
/** Keys of one BatchGetItem. */
const READ_AT_ONCE = 100;
const SHARDS_AHEAD = 8;

/** Where candidates come from. */
export type DirectoryReader = {
  list(app: string, users: readonly string[], consistent: boolean): Promise<(Recipient | undefined)[]>;
  shardPage(app: string, shard: number, after: string, limit: number): Promise<Recipient[]>;
  /** Users of a shard, from first to last in key order, with an open connection. */
  onlineBetween(app: string, shard: number, first: string, last: string): Promise<Set<string>>;
};

type Named = { user: string; devices?: string[]; fanOut?: FanOut };

/**
 * Users of a list in order, each once, with the devices asked for where the audience names devices. What a provider
 * fans out is a list of one without a name.
 */
export function namedUsers({ to }: NotificationBody): Named[] {
  if ("users" in to) return [...new Set(to.users)].map((user) => ({ user }));
  const fanOut = fanOutOf(to);
  if (fanOut) return [{ user: "", fanOut }];
  if (!("devices" in to)) return [];
  const byUser = new Map<string, string[]>();
  for (const { user, device } of to.devices) byUser.set(user, [...(byUser.get(user) ?? []), device]);
  return [...byUser].map(([user, devices]) => ({ user, devices }));
}

/** One page of a named list, from index `startKey`. */
export async function listPage(
  reader: Pick<DirectoryReader, "list">,
  app: string,
  named: readonly Named[],
  startKey: string,
): Promise<Page> {
  const fanOut = named[0]?.fanOut;
  if (fanOut) return { bucket: 0, startKey, nextKey: null, candidates: [{ user: "", fanOut }] };
  const first = Number(startKey);
  const slice = named.slice(first, first + PAGE);
  // A device registered a moment ago must be found by a short list; long ones read at half the price.
  const consistent = named.length <= READ_AT_ONCE;
  const parts: string[][] = [];
  for (let at = 0; at < slice.length; at += READ_AT_ONCE)
    parts.push(slice.slice(at, at + READ_AT_ONCE).map(({ user }) => user));
  const recipients = (await Promise.all(parts.map((users) => reader.list(app, users, consistent)))).flat();
  const candidates = slice.map(({ user, devices }, index): Candidate => {
    const recipient = recipients[index];
    return { user, ...(recipient && { recipient }), ...(devices && { onlyDevices: devices }) };
  });
  const next = first + PAGE;
  return { bucket: 0, startKey, nextKey: next < named.length ? listKey(next) : null, candidates };
}

export type Walk = { app: string; bucket: number; to: number; withConnections: boolean };

/**
 * One page of a walker: up to a page of users from its cursor on, across as many shards as it takes.
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
  const cap = again ? PAGE * 2 : PAGE;
  const to = until === null ? walk.to : Math.min(walk.to, parseWalkKey(until).shard + 1);
  const { segments, full } = await readSegments(reader, { ...walk, to }, startKey, cap);
  return pageOf(reader, walk, startKey, bounded(segments, until), full, until);
}

/** Up to `cap` users, shard after shard; several shards at once where they are small. */
async function readSegments(
  reader: Pick<DirectoryReader, "shardPage">,
  { app, to }: Pick<Walk, "app" | "to">,
  startKey: string,
  cap: number,
): Promise<{ segments: Segment[]; full: boolean }> {
  const segments: Segment[] = [];
  let { shard, after } = parseWalkKey(startKey);
  let left = cap;
  let density = PAGE;
  while (shard < to && left > 0) {
    const ahead = Math.min(to - shard, SHARDS_AHEAD, Math.max(1, Math.floor(left / Math.max(1, density))));
    const read = await readShards(reader, { app, shard, after }, ahead, left);
    // The rest of a shard that an earlier page began says nothing about whole ones: what is read in vain costs.
    const whole = after === "" ? read : read.slice(1);
    density = whole.at(-1)?.length ?? density;
    for (const [index, recipients] of read.entries()) {
      if (left <= 0) break;
      const kept = recipients.slice(0, left);
      segments.push({ shard: shard + index, recipients: kept });
      left -= kept.length;
    }
    shard += ahead;
    after = "";
  }
  return { segments, full: left <= 0 };
}

const readShards = (
  reader: Pick<DirectoryReader, "shardPage">,
  { app, shard, after }: { app: string; shard: number; after: string },
  ahead: number,
  limit: number,
): Promise<Recipient[][]> =>
  Promise.all(
    Array.from({ length: ahead }, (_, index) =>
      reader.shardPage(app, shard + index, index === 0 ? after : "", limit),
    ),
  );

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
