import type { Content } from "../notification/content.ts";

/** A message in a user's inbox: what a v1 frame shows. */
export type InboxMessage = {
  /** Notification id. */
  id: string;
  timestampMs: number;
  expiresAtMs: number;
  content: Content;
  category: string;
};

/**
 * A message's sequence in its user's inbox, whether it is new there or not; `passed`: a broadcast that was looked at long
 * ago; `nobody`: there is no such user (any more).
 */
export type Appended = number | "passed" | "nobody";

export type InboxItem = InboxMessage & { sequence: number };

/** A broadcast, stored once; each user's own copy is made on the next connect. */
export type Broadcast = InboxMessage & {
  /** When it goes out: its place among the others. */
  firedAtMs: number;
  /** It is for those who were users by then. */
  createdBeforeMs?: number;
};

/** What a frame shows of a content: what other channels alone need (a mail's attachments, say) is no inbox's. */
export function shownInApp(content: Content): Content {
  const {
    metadata: _metadata,
    apple: _apple,
    apns: _apns,
    android: _android,
    fcm: _fcm,
    web: _web,
    webpush: _webpush,
    email: _email,
    sms: _sms,
    webhook: _webhook,
    ...shown
  } = content;
  return shown;
}

/** v1 frame (docs/websocket.md): an object in `data`, `id`, `timestamp` in ms, `sequence` per user. */
export function notificationFrame(item: InboxItem): string {
  const { title, body, level, ...rest } = shownInApp(item.content);
  return JSON.stringify({
    type: level === "error" ? "alarm" : "notification",
    id: item.id,
    timestamp: item.timestampMs,
    sequence: item.sequence,
    data: {
      title: title ?? "",
      content: body ?? "",
      level: level ?? "info",
      category: item.category,
      ...rest,
    },
  });
}

/** The first frame of a connection: who one is, and when API Gateway will end it. */
export function helloFrame(hello: {
  connection: string;
  user: string;
  endsAtMs: number;
  nowMs: number;
}): string {
  const { connection, user, endsAtMs, nowMs } = hello;
  return JSON.stringify({
    type: "hello",
    timestamp: nowMs,
    data: { connection, user, protocol: 1, endsAt: endsAtMs },
  });
}

/** API Gateway refuses frames beyond this on the wire. */
export const FRAME_BYTES = 32 * 1024;

/** `dispatch-inApp-high` also carries this: greet a new connection, and send a connection what it has missed. */
export type CatchUp = {
  v: 1;
  kind: "catchUp";
  app: string;
  user: string;
  connection: string;
  connectedAtMs: number;
  /** It has been: what it misses is left. */
  greeted?: true;
  /** How often it could not take more. */
  tries?: number;
};
