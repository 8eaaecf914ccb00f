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

export type Walk = {
  app: string;
  bucket: number;
  to: number;
  withConnections: boolean;
  /** Who was created later is not in its audience. */
  createdBeforeMs?: number;
};

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
  if (again) {
    const segments = await segmentsAgain(reader, walk, startKey, again.until);
    return pageOf(reader, walk, startKey, { segments, nextKey: again.until });
  }
  const segments = await readSegments(reader, walk, startKey);
  const read = segments.reduce((sum, { recipients }) => sum + recipients.length, 0);
  const last = segments.findLast(({ recipients }) => recipients.length > 0);
  const nextKey = read >= PAGE && last ? keyAfter(last.shard, last.recipients.at(-1)!.user) : null;
  return pageOf(reader, walk, startKey, { segments, nextKey });
}

/** Up to a page of users, shard after shard; several shards at once where they are small. */
async function readSegments(
  reader: Pick<DirectoryReader, "shardPage">,
  { app, to }: Pick<Walk, "app" | "to">,
  startKey: string,
): Promise<Segment[]> {
  const segments: Segment[] = [];
  let { shard, after } = parseWalkKey(startKey);
  let left = PAGE;
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
  return segments;
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

/**
 * The users of a page that was read before. Who joined since is not of it, and there may be any number of them: it is
 * read up to its end, however much lies in between.
 */
async function segmentsAgain(
  reader: Pick<DirectoryReader, "shardPage">,
  { app, to, createdBeforeMs = Number.POSITIVE_INFINITY }: Walk,
  startKey: string,
  until: string | null,
): Promise<Segment[]> {
  const first = parseWalkKey(startKey);
  const stop = until === null ? undefined : parseWalkKey(until);
  const end = stop ? Math.min(to, stop.shard + 1) : to;
  const isTheirs = (shard: number, { user, createdAtMs }: Recipient): boolean =>
    createdAtMs < createdBeforeMs && (shard !== stop?.shard || user <= stop.after);
  const segment = async (shard: number): Promise<Segment> => {
    const recipients: Recipient[] = [];
    let after = shard === first.shard ? first.after : "";
    for (;;) {
      const read = await reader.shardPage(app, shard, after, PAGE);
      recipients.push(...read.filter((one) => isTheirs(shard, one)));
      after = read.at(-1)?.user ?? after;
      if (read.length < PAGE || (shard === stop?.shard && after > stop.after)) return { shard, recipients };
    }
  };
  const segments: Segment[] = [];
  for (let shard = first.shard; shard < end; shard += SHARDS_AHEAD) {
    const ahead = Array.from({ length: Math.min(SHARDS_AHEAD, end - shard) }, (_, index) => shard + index);
    segments.push(...(await Promise.all(ahead.map(segment))));
  }
  return segments;
}

async function pageOf(
  reader: Omit<DirectoryReader, "list">,
  walk: Walk,
  startKey: string,
  { segments, nextKey }: { segments: readonly Segment[]; nextKey: string | null },
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
  return { bucket: walk.bucket, startKey, nextKey, candidates };
}
