import { hash } from "node:crypto";
import { type App, configuredProviders } from "../app/app.ts";
import { AppError } from "../errors/app-error.ts";
import { checkRungs, liveRungs, type Rung } from "../ladder/rungs.ts";
import { type CategoryPolicy, categoryPolicy, sendWindow } from "../policy/category.ts";
import type { Channel } from "../words.ts";
import { appleRoadOf, checkApple, withAppleDefaults } from "./apple-rules.ts";
import { fanOutOf } from "./fan-out.ts";
import { checkFanOut, withFanOutDefaults } from "./fan-out-rules.ts";
import type { AudienceKind, Notification, NotificationBody } from "./notification.ts";
import { LIMITS, type SendRequest } from "./request.ts";

export type Composed = { notification: Notification; body: NotificationBody };

const DEFAULT_CATEGORY = "transactional";
/** The reconciler looks after a minute whether a plan message got lost. */
export const FIRST_LOOK_MS = 60_000;

/**
 * A request with the category's and the app's defaults filled in.
 * @throws AppError unknown_category, time_in_past, time_too_far, invalid_request
 */
export function compose(
  app: App,
  asked: SendRequest,
  id: string,
  nowMs: number,
  traceparent?: string,
): Composed {
  checkFanOut(asked);
  checkApple(asked);
  const request = withFanOutDefaults(withAppleDefaults(asked));
  const category = request.category ?? DEFAULT_CATEGORY;
  const policy = categoryPolicy(category, app.categories);
  if (policy === undefined) {
    throw new AppError(
      "unknown_category",
      `category "${category}" is neither one of Clarion's nor of this app`,
      {
        errors: [{ pointer: "/category", detail: "is not a known category" }],
      },
    );
  }
  checkContent(request);
  const channels = [...new Set(request.channels ?? policy.channels)];
  const ladder = ladderOf(app, request, policy, channels);
  const { atOnce, ...times } = timesOf(app, request, policy, nowMs);
  const body = bodyOf(app, request, { atOnce, unsubscribe: policy.unsubscribe });
  const audience = audienceKind(request);
  const recipients = recipientsOf(request);
  const appleRoad = appleRoadOf(request);
  const notification: Notification = {
    version: 1,
    app: app.id,
    id,
    state: times.sendAtMs === undefined ? "accepted" : "scheduled",
    revision: 1,
    fingerprint: fingerprint(asked),
    createdAtMs: nowMs,
    ...times,
    category,
    priority: request.priority ?? policy.priority,
    channels,
    ...(ladder.length > 0 && { ladder }),
    ...("platforms" in request.to && request.to.platforms && { platforms: request.to.platforms }),
    ...(appleRoad && { appleRoad }),
    audience,
    ...(recipients !== undefined && { recipients, buckets: 1 }),
    ...(audience === "everyone" && request.audienceAt === "accept" && { createdBeforeMs: nowMs }),
    rules: {
      attempts: Math.min(request.retry?.attempts ?? policy.attempts, app.limits.maxAttempts ?? 10),
      unknown: policy.unknown,
      window: sendWindow(policy, audience === "everyone"),
    },
    doneBuckets: [],
    ...(traceparent && { traceparent }),
    bodyChunks: 0,
    due: { atMs: (times.sendAtMs ?? nowMs) + FIRST_LOOK_MS, step: 0, what: "plan" },
  };
  return { notification, body };
}

/** Who names channels names all of them: the category's ladder belongs to the category's channels. */
function ladderOf(app: App, request: SendRequest, policy: CategoryPolicy, channels: Channel[]): Rung[] {
  const asked = request.ladder ?? (request.channels ? [] : (policy.ladder ?? []));
  checkRungs([{ channels }, ...asked]);
  if ("everyone" in request.to) checkBroadcast(asked);
  return liveRungs(asked, configuredProviders(app));
}

/** A broadcast is stored once for all inboxes, before anybody's first rung is known. @throws AppError invalid_request */
function checkBroadcast(asked: readonly { channels: readonly Channel[] }[]): void {
  if (!asked.some((rung) => rung.channels.includes("inApp"))) return;
  const detail = "cannot name inApp above the first rung of a broadcast: it is stored once for everyone";
  throw new AppError("invalid_request", `/ladder: ${detail}`, { errors: [{ pointer: "/ladder", detail }] });
}

/** Same id, same fingerprint: the same request again. The id itself is no part of it. */
function fingerprint({ id: _id, ...request }: SendRequest): string {
  return hash("sha256", canonical(request), "base64url").slice(0, 32);
}

/** JSON with sorted keys, so that the order in which a client writes them does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function checkContent({ content }: SendRequest): void {
  const says = content.title ?? content.body ?? content.titleLoc ?? content.bodyLoc;
  const { event } = content.apple?.liveActivity ?? {};
  if (says === undefined && !content.silent && event !== "update" && event !== "end") {
    throw new AppError("invalid_request", "/content: needs a title or a body unless it is silent", {
      errors: [{ pointer: "/content", detail: "needs a title or a body unless it is silent" }],
    });
  }
}

function bodyOf(
  app: App,
  { to, content }: SendRequest,
  { atOnce, unsubscribe }: { atOnce: boolean; unsubscribe: boolean | undefined },
): NotificationBody {
  return {
    to,
    content: withDefaults(app, content),
    ...(atOnce && { atOnce: true }),
    ...(unsubscribe !== undefined && { unsubscribe }),
  };
}

function withDefaults({ defaults }: App, content: SendRequest["content"]): SendRequest["content"] {
  if (content.silent) return content;
  const { roads: _roads, welcome: _welcome, ...shown } = defaults;
  return { ...shown, ...content };
}

function audienceKind({ to }: SendRequest): AudienceKind {
  if ("users" in to) return "users";
  return fanOutOf(to)?.kind ?? ("devices" in to ? "devices" : "everyone");
}

/** People named, each counted once; of what a provider fans out the one target is all that is known. */
function recipientsOf({ to }: SendRequest): number | undefined {
  if ("users" in to) return new Set(to.users).size;
  if ("devices" in to) return new Set(to.devices.map(({ user }) => user)).size;
  return fanOutOf(to) ? 1 : undefined;
}

type Times = { sendAtMs?: number; expiresAtMs: number; atOnce: boolean };

function timesOf(app: App, request: SendRequest, policy: CategoryPolicy, nowMs: number): Times {
  const sendAtMs = request.sendAt === undefined ? undefined : instant(request.sendAt, "/sendAt");
  if (sendAtMs !== undefined) checkSendAt(sendAtMs, nowMs);
  const startMs = sendAtMs ?? nowMs;
  const maxTtlMs = (app.limits.maxTtlS ?? LIMITS.ttlS) * 1000;
  const asked = request.expiresAt === undefined ? undefined : instant(request.expiresAt, "/expiresAt");
  if (asked !== undefined && asked <= startMs)
    throw timeError("time_in_past", "/expiresAt", "lies before the sending");
  const ttlMs = asked === undefined ? (request.ttl ?? policy.ttlS) * 1000 : asked - startMs;
  const lifeMs = Math.min(ttlMs, maxTtlMs);
  // ttl 0 means "now or never" to the providers; the platform itself still needs a moment to hand it over.
  const expiresAtMs = startMs + Math.max(lifeMs, MOMENT_MS);
  return { ...(sendAtMs !== undefined && { sendAtMs }), expiresAtMs, atOnce: lifeMs === 0 };
}

/** Shortest life of a notification inside the platform. */
const MOMENT_MS = 30_000;

/** @throws AppError time_in_past, time_too_far */
export function checkSendAt(sendAtMs: number, nowMs: number): void {
  if (sendAtMs <= nowMs) throw timeError("time_in_past", "/sendAt", "lies in the past");
  if (sendAtMs > nowMs + LIMITS.scheduleAheadMs)
    throw timeError("time_too_far", "/sendAt", "lies more than 366 days ahead");
}

export function instant(text: string, pointer: string): number {
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) {
    throw new AppError("invalid_request", `${pointer}: is not a time`, {
      errors: [{ pointer, detail: "is not a time" }],
    });
  }
  return atMs;
}

function timeError(code: "time_in_past" | "time_too_far", pointer: string, detail: string): AppError {
  return new AppError(code, `${pointer}: ${detail}`, { errors: [{ pointer, detail }] });
}
