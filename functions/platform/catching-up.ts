import { type CatchUp, helloFrame, notificationFrame } from "../core/inbox/inbox.ts";
import { wants } from "../core/policy/preferences.ts";
import type { PostResult } from "../providers/websocket/websocket.ts";
import { connectionStore } from "../storage/connections.ts";
import { inboxStore } from "../storage/inbox.ts";
import { broadcastPlace, OVERLAP_MS } from "../storage/inbox-head.ts";
import { recipientStore } from "../storage/recipients.ts";
import { now, tableOf } from "./clients.ts";
import { settings } from "./env.ts";
import { log } from "./log.ts";
import type { MessageAnswer } from "./queue-handler.ts";
import { groupOf, sendAll } from "./queues.ts";
import { post } from "./socket-posts.ts";

/** API Gateway ends every connection after two hours. */
const LIFE_MS = 2 * 3_600_000;
/** A connection cannot be posted to before `$connect` has answered; this long it may take. */
const ESTABLISHING_MS = 10_000;
/** A connection that takes no more is tried again after this, twice as long each time. */
const BUSY_MS = { least: 1_000, most: 60_000 };

/** What became of one step of a catch-up: `late` where the time of this invocation is over. */
type Step = "done" | "gone" | "busy" | "late";
type Sent = { through: number; ended: Step };

const connections = () => connectionStore(tableOf("connections"), now);
const inboxes = () => inboxStore(tableOf("inbox"), now);

export const isThere = async (app: string, user: string): Promise<boolean> =>
  (await recipientStore(tableOf("directory")).get(app, user)) !== undefined;

/**
 * Greets a new connection and sends everything that its user has not acknowledged, in order; frames go to it directly
 * only from then on. One that fell behind is sent everything from what it missed.
 * @param isLate no request is begun any more: what is left goes on in another invocation
 */
export async function catchUp(message: CatchUp, isLate: () => boolean): Promise<MessageAnswer> {
  const { app, user, connection } = message;
  if (!message.greeted) {
    const greeted = await greet(message, isLate);
    if (greeted !== "done") return goOnLater(greeted, message);
  }
  const place = await connections().waits(app, user, connection);
  if (place === undefined) return { kind: "done" };
  const { ended: copied } = await copyBroadcasts(app, user, { isLate });
  if (copied !== "done") return goOnLater(copied, { ...message, greeted: true });
  const from = place.behindFrom ?? ((await inboxes().head(app, user))?.acked ?? 0) + 1;
  const missed = await sendFrom(message, from, isLate);
  if (missed.ended !== "done") {
    if (missed.through < from) return goOnLater(missed.ended, { ...message, greeted: true });
    await connections().sentUpTo(app, user, connection, missed.through, place.behindFrom);
    return goOnLater(missed.ended, { ...message, greeted: true, tries: 0 });
  }
  // It fell behind anew: a message that came before had been sent to it directly and was not taken.
  if (!(await connections().caughtUp(app, user, connection, place.behindFrom)))
    return goOnLater("late", { ...message, greeted: true });
  return sendRest(message, missed.through + 1, isLate);
}

/** What came while it still waited, and was left to us. */
async function sendRest(message: CatchUp, from: number, isLate: () => boolean): Promise<MessageAnswer> {
  const { app, user, connection } = message;
  const rest = await sendFrom(message, from, isLate).catch((error: unknown): Sent => {
    log.error("a last look failed; the connection is caught up anew", error, { app, connection });
    return { through: from - 1, ended: "late" };
  });
  if (rest.ended === "gone") await connections().remove(app, user, connection);
  else if (rest.ended !== "done") await fellBehind(message, rest.through + 1);
  else log.info("caught up", { app, connection, through: rest.through });
  return { kind: "done" };
}

type Place = Pick<CatchUp, "app" | "user" | "connection" | "connectedAtMs">;

/** The connection missed a frame: it waits, and is sent that one and all later ones in order. */
export async function fellBehind(place: Place, sequence: number): Promise<void> {
  const { app, user, connection } = place;
  if (await connections().fellBehind(app, user, connection, sequence)) await catchUpSoon(place, true);
}

/** Its catch-up was lost, its greeting perhaps as well: another begins where that one was. */
export async function restart(place: Place): Promise<void> {
  const { app, user, connection } = place;
  if (await connections().waitsAnew(app, user, connection)) await catchUpSoon(place, false);
}

async function catchUpSoon(place: Place, greeted: boolean): Promise<void> {
  const { app, user, connection, connectedAtMs } = place;
  const body: CatchUp = { v: 1, kind: "catchUp", app, user, connection, connectedAtMs };
  const message = { ...body, ...(greeted && { greeted: true as const }) };
  try {
    const delayMs = BUSY_MS.least;
    await sendAll("dispatch-inApp-high", [{ body: message, group: groupOf(app, "catchUp"), delayMs }]);
  } catch (error) {
    await connections().isLost(app, user, connection);
    throw error;
  }
}

async function greet(message: CatchUp, isLate: () => boolean): Promise<Step> {
  const { connection, user, connectedAtMs } = message;
  const hello = helloFrame({ connection, user, endsAtMs: connectedAtMs + LIFE_MS, nowMs: now() });
  return stepOf(await postInTime(connection, hello, isLate));
}

const stepOf = (result: PostResult | "late"): Step =>
  result === "posted" || result === "tooLarge" ? "done" : result;

const postInTime = async (
  connection: string,
  frame: string,
  isLate: () => boolean,
): Promise<PostResult | "late"> =>
  isLate() ? "late" : post(connection, frame, { deadlineMs: now() + settings().providerDeadlineMs });

/** Goes on later, or is over. */
async function goOnLater(step: Step, message: CatchUp): Promise<MessageAnswer> {
  const { app, user, connection, connectedAtMs, tries = 0 } = message;
  const again = (afterMs: number, body: CatchUp): MessageAnswer => ({
    kind: "again",
    afterMs,
    changed: true,
    resend: { body, group: groupOf(app, "catchUp") },
  });
  const isYoung = now() - connectedAtMs <= ESTABLISHING_MS;
  if (step === "gone" && !isYoung) {
    await connections().remove(app, user, connection);
    return { kind: "done" };
  }
  if (!(await connections().waits(app, user, connection))) return { kind: "done" };
  if (step !== "busy") return again(BUSY_MS.least, message);
  return again(Math.min(BUSY_MS.most, BUSY_MS.least * 2 ** tries), { ...message, tries: tries + 1 });
}

async function sendFrom(
  { app, user, connection }: CatchUp,
  first: number,
  isLate: () => boolean,
): Promise<Sent> {
  let through = first - 1;
  for await (const item of inboxes().after(app, user, through)) {
    const step = stepOf(await postInTime(connection, notificationFrame(item), isLate));
    if (step !== "done") return { through, ended: step };
    through = item.sequence;
  }
  return { through, ended: "done" };
}

/**
 * Gives the user a copy of each broadcast that was stored once, that they want and have not got yet, in order. Each copy
 * says how far it has come.
 * @param own a broadcast whose copy the caller posts
 * @returns each one's place in the user's sequence; nothing for somebody who is not there
 */
export async function copyBroadcasts(
  app: string,
  user: string,
  { isLate = () => false, own }: { isLate?: () => boolean; own?: string } = {},
): Promise<{ copied?: Map<string, number>; ended: Step }> {
  const inbox = inboxes();
  const [head, stored] = await Promise.all([
    inbox.head(app, user),
    recipientStore(tableOf("directory")).get(app, user),
  ]);
  if (stored === undefined) return { ended: "done" };
  const copied = new Map<string, number>();
  const { createdAtMs, preferences } = stored.recipient;
  const seenMs = head?.broadcastSeen === undefined ? 0 : Number.parseInt(head.broadcastSeen, 10) - OVERLAP_MS;
  // Broadcasts from before a user's creation are not for them.
  const sinceMs = Math.max(createdAtMs, seenMs);
  let last = "";
  let ended: Step = "done";
  for await (const broadcast of inbox.broadcastsAfter(app, broadcastPlace({ firedAtMs: sinceMs, id: "" }))) {
    if (isLate()) {
      ended = "late";
      break;
    }
    const { firedAtMs: _firedAtMs, createdBeforeMs = broadcast.firedAtMs, ...copy } = broadcast;
    const place = broadcastPlace(broadcast);
    const isTheirs = createdAtMs < createdBeforeMs && wants(preferences, copy.category, "inApp");
    const known = head?.broadcasts?.[place];
    const sequence = isTheirs
      ? (known ?? (await inbox.append(app, user, copy, { place, exists: () => isThere(app, user) })))
      : "passed";
    if (typeof sequence === "number") copied.set(copy.id, sequence);
    last = place;
  }
  if (last !== "" && ended === "done") await inbox.sawBroadcasts(app, user, last);
  const fresh = [...copied].filter(([id, sequence]) => id !== own && sequence > (head?.sequence ?? 0));
  if (fresh.length > 0) await othersFellBehind(app, user, Math.min(...fresh.map(([, sequence]) => sequence)));
  return { copied, ended };
}

/** Copies are posted by nobody: the open connections are sent them before what comes next. */
async function othersFellBehind(app: string, user: string, sequence: number): Promise<void> {
  const ready = await connections().ready(app, user);
  await Promise.all(
    ready.map(({ id, connectedAtMs }) => fellBehind({ app, user, connection: id, connectedAtMs }, sequence)),
  );
}
