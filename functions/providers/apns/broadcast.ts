import { type Outcome, ofFanOut } from "../../core/dispatch/outcome.ts";
import type { Target } from "../../core/dispatch/provider.ts";

/** https://developer.apple.com/documentation/usernotifications/sending-broadcast-push-notification-requests-to-apns */
export const BROADCAST_LIMIT_BYTES = 5_120;

/**
 * Headers of a broadcast on a channel, made of those of a Live Activity's message. A channel that stores nothing
 * takes no other expiration than 0, and one that stores takes it as well.
 */
export function broadcastHeaders(
  common: readonly string[],
  { token, messageId, stored }: Pick<Target, "token" | "messageId" | "stored">,
  { host, bundleId, bearer }: { host: string; bundleId: string; bearer: string },
): string[] {
  const expiration = common.indexOf("apns-expiration") + 1;
  return [
    ...[":method", "POST", ":scheme", "https", ":authority", host],
    ...[":path", `/4/broadcasts/apps/${bundleId}`, "authorization", bearer],
    ...["apns-request-id", messageId, "apns-channel-id", token],
    ...(stored || expiration === 0 ? common : common.with(expiration, "0")),
  ];
}

/** A channel without a store that was called one with it is the request's fault, not the configuration's. */
export const broadcastOutcome = (outcome: Outcome): Outcome =>
  outcome.reason === "BadExpirationDate" ? { ...outcome, kind: "rejected" } : ofFanOut(outcome);
