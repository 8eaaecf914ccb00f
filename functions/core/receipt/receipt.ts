import * as z from "zod/mini";
import { AppError } from "../errors/app-error.ts";
import { shardOf } from "../hash.ts";
import { rungsOf } from "../ladder/rungs.ts";
import { isWalk, type Notification } from "../notification/notification.ts";
import { Id } from "../notification/request.ts";
import { bucketOfShard } from "../plan/shards.ts";

/** What a device tells of a notification. Names are persisted. */
export const RECEIPT_EVENTS = ["delivered", "displayed", "clicked", "dismissed", "read"] as const;
export type ReceiptEvent = (typeof RECEIPT_EVENTS)[number];

/** Event -> people whose devices told it; what nobody told is absent. */
export type ReceiptCounts = Partial<Record<ReceiptEvent, number>>;

/** POST /v1/client/receipts */
export const ReceiptInput = z.strictObject({ notification: Id, event: z.enum(RECEIPT_EVENTS) });
export type ReceiptInput = z.infer<typeof ReceiptInput>;

export type ReceiptPorts = {
  now(): number;
  get(app: string, id: string): Promise<Notification | undefined>;
  /** Takes the message in the person's inbox for read; repeating it changes nothing. */
  markRead(app: string, user: string, id: string, atMs: number): Promise<void>;
  /** Whether it is the first time that this event is told of the person. */
  add(place: ReceiptPlace & { user: string }, event: ReceiptEvent, atMs: number): Promise<boolean>;
  /** So many people more told it. */
  count(place: ReceiptPlace, event: ReceiptEvent, people: number): Promise<void>;
};

/** Events that say that the person has looked at the message itself. */
const READ_BY: readonly ReceiptEvent[] = ["clicked", "read"];

/** Where the receipts of a notification's bucket are kept. */
export type ReceiptPlace = {
  app: string;
  id: string;
  bucket: number;
  /** Which of the bucket's counts the person belongs to. */
  part: number;
  expiresAtMs: number;
};

/** One item takes a thousand writes a second: the devices of a long list all tell theirs within a few. */
const LONG_LIST = 1_000;
const PARTS = 8;

/** In how many parts the people of each bucket are counted; a walk has many buckets already. */
export const countParts = (notification: Pick<Notification, "audience" | "recipients">): number =>
  !isWalk(notification) && (notification.recipients ?? 0) > LONG_LIST ? PARTS : 1;

/** The part of a notification's plan that a person lies in. */
export const bucketOf = (notification: Notification, user: string): number =>
  isWalk(notification) ? bucketOfShard(shardOf(user), notification.buckets ?? 1) : 0;

const mayBeInInbox = (notification: Notification): boolean =>
  rungsOf(notification).some(({ channels }) => channels.includes("inApp"));

/**
 * Keeps the first time of each event; telling it again changes nothing. A receipt ends the person's ladder.
 * @throws AppError not_found
 */
export async function takeReceipt(
  ports: ReceiptPorts,
  app: string,
  user: string,
  input: ReceiptInput,
): Promise<void> {
  const first = await keepReceipt(ports, app, user, input);
  if (first !== undefined) await ports.count(first, input.event, 1);
}

/**
 * The same without counting the person: where it was the first time.
 * @param heldSinceMs of what had ended before, a vendor tells of whom the token belonged to then
 * @throws AppError not_found
 */
export async function keepReceipt(
  ports: ReceiptPorts,
  app: string,
  user: string,
  { notification: id, event }: ReceiptInput,
  heldSinceMs = 0,
): Promise<ReceiptPlace | undefined> {
  const notification = await ports.get(app, id);
  if (notification === undefined) throw new AppError("not_found", `there is no notification ${id}`);
  if (notification.completedAtMs !== undefined && notification.completedAtMs < heldSinceMs) return undefined;
  // Before the receipt: a repetition after a failure is not the first time any more.
  if (READ_BY.includes(event) && mayBeInInbox(notification)) await ports.markRead(app, user, id, ports.now());
  const { expiresAtMs } = notification;
  const part = shardOf(user) % countParts(notification);
  const place = { app, id, bucket: bucketOf(notification, user), part, expiresAtMs };
  return (await ports.add({ ...place, user }, event, ports.now())) ? place : undefined;
}
