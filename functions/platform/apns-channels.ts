import { type App, configuredProviders } from "../core/app/app.ts";
import type { Outcome } from "../core/dispatch/outcome.ts";
import { AppError } from "../core/errors/app-error.ts";
import type {
  ChannelAnswer,
  ChannelInput,
  ChannelPlace,
  ChannelRemoval,
  ChannelsAnswer,
  ChannelsQuery,
} from "../core/notification/apns-channel.ts";
import { type ApnsChannels, apnsChannels, type ChannelReply } from "../providers/apns/channels.ts";
import { APNS_CODES } from "../providers/apns/codes.ts";
import { sharedTokenStore } from "../storage/shared-tokens.ts";
import { now, tableOf } from "./clients.ts";
import { ownEgress } from "./egress.ts";
import { settings } from "./env.ts";
import { log } from "./log.ts";
import { sourceOf } from "./sources/source.ts";

const RETRY_AFTER_S = 30;

const source = sourceOf("apns", (app, credentials) =>
  apnsChannels({
    app,
    credentials,
    open: ownEgress(),
    tokens: sharedTokenStore(tableOf("guard"), now),
    now,
  }),
);

/** @throws AppError for what Apple refuses, or does not answer */
export async function createChannel(app: App, { storage, ...place }: ChannelInput): Promise<ChannelAnswer> {
  const channels = await channelsOf(app);
  const channel = done(app, await channels.create(place, storage, deadlineMs()));
  log.info("broadcast channel created", { app: app.id, storage });
  return { channel, storage, ...placeOf(channels, place) };
}

/** @throws AppError for what Apple refuses, or does not answer */
export async function listChannels(app: App, place: ChannelsQuery): Promise<ChannelsAnswer> {
  const channels = await channelsOf(app);
  return { channels: done(app, await channels.list(place, deadlineMs())), ...placeOf(channels, place) };
}

/** @throws AppError for what Apple refuses, or does not answer; not_found for a channel that it does not know */
export async function removeChannel(app: App, { channel, ...place }: ChannelRemoval): Promise<void> {
  const channels = await channelsOf(app);
  done(app, await channels.remove(place, channel, deadlineMs()));
  log.info("broadcast channel removed", { app: app.id });
}

/** HTTP functions end after 28 s, and have to read the credentials before and to answer behind it. */
const LONGEST_WAIT_MS = 20_000;

/** @param providerDeadlineMs the operator's, which dispatchers may have more time for */
export const askedUntilMs = (nowMs: number, providerDeadlineMs: number): number =>
  nowMs + Math.min(providerDeadlineMs, LONGEST_WAIT_MS);

const deadlineMs = (): number => askedUntilMs(now(), settings().providerDeadlineMs);

const placeOf = ({ defaults }: ApnsChannels, { bundleId, environment }: ChannelPlace) => ({
  bundleId: bundleId ?? defaults.bundleId,
  environment: environment ?? defaults.environment,
});

/** @throws AppError conflict when the app has no credentials, or they cannot be read */
async function channelsOf(app: App): Promise<ApnsChannels> {
  const found = configuredProviders(app).has("apns")
    ? await source(app.id)
    : { missing: "channel_not_configured" };
  if (!("missing" in found)) return found;
  throw new AppError("conflict", `app ${app.id} has no usable credentials for apns (${found.missing})`);
}

function done<T>({ id }: App, reply: ChannelReply<T>): T {
  if ("done" in reply) return reply.done;
  const { failed } = reply;
  log.warn("channel request failed", { app: id, outcome: failed.kind, reason: failed.reason ?? "none" });
  throw faultOf(failed);
}

function faultOf({ kind, reason = "no reason", retryAfterMs }: Outcome): AppError {
  if (reason === "ChannelNotRegistered")
    return new AppError("not_found", "Apple has no such channel for this bundle id and environment");
  if (reason === "CannotCreateChannelConfig")
    return new AppError("limit_reached", "Apple keeps as many channels as it allows (10,000): delete some");
  if (kind === "unknown")
    return new AppError(
      "provider_unavailable",
      `Apple's answer was lost (${reason}): the request may have been carried out, so list the channels first`,
      { retryAfterS: RETRY_AFTER_S },
    );
  if (kind === "retry" || kind === "throttled")
    return new AppError("provider_unavailable", `Apple does not take the request now (${reason})`, {
      retryAfterS: retryAfterMs === undefined ? RETRY_AFTER_S : Math.ceil(retryAfterMs / 1000),
    });
  const meaning = reason in APNS_CODES ? APNS_CODES[reason as keyof typeof APNS_CODES].en : "";
  return new AppError("provider_refused", `Apple refuses the request: ${reason}. ${meaning}`.trim());
}
