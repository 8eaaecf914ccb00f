import * as z from "zod/mini";
import type { Tally } from "../explain/tally.ts";
import type { Notification } from "../notification/notification.ts";
import { RECEIPT_EVENTS, type ReceiptCounts } from "../receipt/receipt.ts";
import { CHANNELS, PRIORITIES, PROVIDERS, STATES } from "../words.ts";

const time = z.string();
const many = z.int().check(z.gte(0));

const TotalsAnswer = z.object({
  /** Taken by their provider. */
  accepted: many,
  /** Gone, rejected, misconfigured, failed, poisoned or expired. */
  failed: many,
  /** Left out on purpose: removed, erased, moved, cancelled. */
  suppressed: many,
  /** Sent, but whether the provider took them is not known. */
  unknown: many,
  /** Planned and not settled yet. */
  pending: many,
});

const CountAnswer = z.object({
  channel: z.enum(CHANNELS),
  provider: z.enum(PROVIDERS),
  /** Outcome -> targets. */
  outcomes: z.record(z.string(), many),
});

/** GET /v1/notifications/{notification} */
export const NotificationAnswer = z.object({
  id: z.string(),
  state: z.enum(STATES),
  category: z.string(),
  priority: z.enum(PRIORITIES),
  channels: z.array(z.enum(CHANNELS)),
  /** What is tried behind them, as far as the app has providers for it. */
  ladder: z.optional(z.array(z.object({ channels: z.array(z.enum(CHANNELS)), afterS: z.optional(z.int()) }))),
  revision: z.int(),
  createdAt: time,
  sendAt: z.optional(time),
  expiresAt: time,
  endedAt: z.optional(time),
  /** When what is planned will have been sent, at the pace so far; while it is being sent. */
  estimatedEndAt: z.optional(time),
  recipients: z.object({
    /** People named in the request, or everyone of the app; 1 for what a provider fans out, as nobody is known. */
    asked: z.union([z.int(), z.literal("everyone")]),
    /** People whose decision is made. */
    decided: many,
  }),
  totals: TotalsAnswer,
  counts: z.array(CountAnswer),
  /** People whose devices, or vendors, told it: `delivered`, `displayed`, `clicked`, `dismissed`, `read`. */
  receipts: z.partialRecord(z.enum(RECEIPT_EVENTS), many),
  links: z.record(z.string(), z.string()),
});
export type NotificationAnswer = z.infer<typeof NotificationAnswer>;

/** 200 of PATCH /v1/notifications/{notification}. */
export const ChangedAnswer = z.extend(NotificationAnswer, {
  /** What will not be as it is written now. */
  warnings: z.optional(z.array(z.string())),
});

const NotificationRowAnswer = z.object({
  id: z.string(),
  state: z.enum(STATES),
  category: z.string(),
  createdAt: time,
  links: z.record(z.string(), z.string()),
});

/** GET /v1/notifications: newest first. */
export const NotificationsAnswer = z.object({
  notifications: z.array(NotificationRowAnswer),
  /** Asks for the next page; absent on the last one. */
  cursor: z.optional(z.string()),
});

/** DELETE /v1/notifications/{notification} */
export const CancelledAnswer = z.object({
  id: z.string(),
  state: z.literal("cancelled"),
  /** Targets that providers had taken when the cancellation was written. */
  accepted: many,
  /** Targets that were planned and will not be sent, apart from those under way at this moment. */
  stopped: many,
  /** People whom nothing had been decided for yet; `counting` for everyone. */
  undecided: z.union([z.int(), z.literal("counting")]),
});
export type CancelledAnswer = z.infer<typeof CancelledAnswer>;

/** DELETE /v1/notifications */
export const CancelledManyAnswer = z.object({
  cancelled: many,
  ids: z.array(z.string()),
  /** Whether more may fit the filter: ask again with `cursor`. */
  more: z.boolean(),
  cursor: z.optional(z.string()),
});

const iso = (atMs: number): string => new Date(atMs).toISOString();

export const linksOf = (id: string): Record<string, string> => {
  const self = `/v1/notifications/${encodeURIComponent(id)}`;
  return { self, recipients: `${self}/recipients/{user}` };
};

/**
 * At the pace so far; nothing before anything was sent, and nothing that lies behind its time to live.
 * @param inOpenJobs targets that jobs have settled which are not closed yet
 */
function estimatedEndMs(
  notification: Notification,
  { totals }: Tally,
  inOpenJobs: number,
  nowMs: number,
): number | undefined {
  const { state, sendAtMs, createdAtMs, expiresAtMs } = notification;
  const { pending, ...settled } = totals;
  const done = Object.values(settled).reduce((sum, count) => sum + count, inOpenJobs);
  const left = pending - inOpenJobs;
  if (state !== "sending" || left <= 0 || done === 0) return undefined;
  const passedMs = Math.max(0, nowMs - (sendAtMs ?? createdAtMs));
  return Math.min(expiresAtMs, Math.round(nowMs + (passedMs * left) / done));
}

/** What is known of a notification beside its header. */
export type Known = { tally: Tally; receipts: ReceiptCounts; inOpenJobs?: number };

/** @param nowMs the platform's time: what is being sent will end later */
export function notificationAnswer(
  notification: Notification,
  { tally, receipts, inOpenJobs = 0 }: Known,
  nowMs: number,
): NotificationAnswer {
  const { id, state, category, priority, channels, revision, createdAtMs, sendAtMs, expiresAtMs } =
    notification;
  const { completedAtMs, recipients } = notification;
  const endMs = estimatedEndMs(notification, tally, inOpenJobs, nowMs);
  return {
    id,
    state,
    category,
    priority,
    channels,
    ...(notification.ladder && { ladder: notification.ladder }),
    revision,
    createdAt: iso(createdAtMs),
    ...(sendAtMs !== undefined && { sendAt: iso(sendAtMs) }),
    expiresAt: iso(expiresAtMs),
    ...(completedAtMs !== undefined && { endedAt: iso(completedAtMs) }),
    ...(endMs !== undefined && { estimatedEndAt: iso(endMs) }),
    recipients: { asked: recipients ?? "everyone", decided: tally.walked },
    totals: tally.totals,
    counts: tally.counts,
    receipts,
    links: linksOf(id),
  };
}
