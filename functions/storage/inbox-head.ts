import type { Broadcast, InboxItem } from "../core/inbox/inbox.ts";
import { inboxHeadKey, inboxItemKey, inboxPk } from "./keys.ts";
import type { Item, Table } from "./table.ts";

/** A replay within this many messages is recognised by its id. */
const RECENT_IDS = 64;
/** Two broadcasts that go out together may be stored in either order: this far back is looked again. */
export const OVERLAP_MS = 300_000;
/** Broadcasts of the overlap that an inbox remembers. */
const RECENT_BROADCASTS = 128;

export type InboxHead = {
  sequence: number;
  acked: number;
  /** Everything up to this sequence has been read; single messages behind it say it of themselves. */
  readThrough?: number;
  /** Place of the last broadcast that was looked at. */
  broadcastSeen?: string;
  /** Broadcasts within the overlap before it that stand in the inbox: place -> sequence. Version 0.1 knew none. */
  broadcasts?: Record<string, number>;
  /** Ids of messages that were read elsewhere before they came here. */
  readAhead: string[];
  recent: string[];
};

/** Sort key of a broadcast: the time it went out, then its id. */
export const broadcastPlace = ({ firedAtMs, id }: Pick<Broadcast, "firedAtMs" | "id">): string =>
  `${String(firedAtMs).padStart(15, "0")}#${id}`;

/** What is known of a message already; undefined where it must be appended. */
export function knownPlace(
  before: InboxHead,
  id: string,
  place: string | undefined,
): number | "passed" | undefined {
  const recent = before.recent.indexOf(id);
  if (recent >= 0) return before.sequence - recent;
  if (place === undefined) return undefined;
  const { broadcasts, broadcastSeen = "" } = before;
  if (broadcasts === undefined) return place <= broadcastSeen ? "passed" : undefined;
  if (Object.hasOwn(broadcasts, place)) return broadcasts[place];
  return isPassed(place, broadcastSeen) ? "passed" : undefined;
}

/** Further back than is looked again. */
const isPassed = (place: string, seen = ""): boolean =>
  Number.parseInt(place, 10) < Number.parseInt(seen, 10) - OVERLAP_MS;

/** What an append goes by. */
export type Appending = {
  app: string;
  user: string;
  before: InboxHead | undefined;
  /** Of a broadcast. */
  place: string | undefined;
  nowMs: number;
};

/** The head once the message stands behind it. */
export function headWith({ app, user, before, place }: Appending, { id, sequence }: InboxItem): Item {
  const seen = [before?.broadcastSeen, place]
    .filter((one) => one !== undefined)
    .sort()
    .at(-1);
  const broadcasts = place === undefined ? before?.broadcasts : { ...before?.broadcasts, [place]: sequence };
  // What version 0.1 has looked at stays passed over until a broadcast comes of this one's.
  const isKnown = broadcasts !== undefined || seen === undefined;
  const kept = Object.entries(broadcasts ?? {})
    .filter(([one]) => !isPassed(one, seen))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(-RECENT_BROADCASTS);
  const readAhead = (before?.readAhead ?? []).filter((one) => one !== id);
  return {
    ...inboxHeadKey(app, user),
    sequence,
    acked: before?.acked ?? 0,
    recent: [id, ...(before?.recent ?? [])].slice(0, RECENT_IDS),
    ...(before?.readThrough !== undefined && { readThrough: before.readThrough }),
    ...(seen !== undefined && { broadcastSeen: seen }),
    ...(isKnown && { broadcasts: Object.fromEntries(kept) }),
    ...(readAhead.length > 0 && { readAhead }),
  };
}

export async function readHead(inbox: Table, app: string, user: string): Promise<InboxHead | undefined> {
  const item = await inbox.get(inboxHeadKey(app, user), { consistent: true });
  return item && headOf(item);
}

/** The question for a person's messages from this sequence on, up to another if given. */
export const itemsBetween = (app: string, user: string, first: number, last?: number) => ({
  where: "pk = :pk AND sk BETWEEN :first AND :last",
  values: {
    ":pk": inboxPk(app, user),
    ":first": inboxItemKey(app, user, first).sk,
    ":last": last === undefined ? "i#~" : inboxItemKey(app, user, last).sk,
  },
});

/** The head is written whole: what its reader has told in the meantime, and what others looked at, must not be undone. */
export function unchanged({ sequence, acked, readThrough, broadcastSeen, readAhead }: InboxHead) {
  const ahead = readAhead.length > 0 ? readAhead : undefined;
  const fields = { sequence, acked, readThrough, broadcastSeen, readAhead: ahead };
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  const absent = Object.entries(fields).filter(([, value]) => value === undefined);
  return {
    condition: [
      ...known.map(([name]) => `#${name} = :${name}`),
      ...absent.map(([name]) => `attribute_not_exists(#${name})`),
    ].join(" AND "),
    names: Object.fromEntries(Object.keys(fields).map((name) => [`#${name}`, name])),
    values: Object.fromEntries(known.map(([name, value]) => [`:${name}`, value])),
  };
}

function headOf(item: Item): InboxHead {
  return {
    sequence: Number(item["sequence"]),
    acked: Number(item["acked"] ?? 0),
    ...(item["readThrough"] !== undefined && { readThrough: Number(item["readThrough"]) }),
    recent: (item["recent"] as string[] | undefined) ?? [],
    ...(item["broadcasts"] !== undefined && { broadcasts: item["broadcasts"] as Record<string, number> }),
    readAhead: (item["readAhead"] as string[] | undefined) ?? [],
    ...(item["broadcastSeen"] !== undefined && { broadcastSeen: item["broadcastSeen"] as string }),
  };
}
