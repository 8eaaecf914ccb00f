import { type App, configuredProviders } from "../app/app.ts";
import { liveRungs, rungsOf } from "../ladder/rungs.ts";
import type { Channel } from "../words.ts";
import { FAN_OUT_PROVIDER, fanOutOf } from "./fan-out.ts";
import type { Notification } from "./notification.ts";
import type { SendRequest } from "./request.ts";
import { handsetWarnings, robotWarnings, smsWarnings } from "./text-warnings.ts";

/**
 * What is accepted and will not be as it was written: texts that are cut, links that are left out, channels that the
 * request names and the app has no provider for.
 */
export function acceptWarnings(app: App, request: Asked, notification: Chosen): string[] {
  const configured = configuredProviders(app);
  const fanOut = fanOutOf(request.to);
  if (fanOut) {
    const provider = FAN_OUT_PROVIDER[fanOut.kind];
    return configured.has(provider)
      ? []
      : [`to.${fanOut.kind}: the app has no ${provider}, so nobody is reached`];
  }
  const named = channelsNamed(request);
  const dead = named.filter((channel) => liveRungs([{ channels: [channel] }], configured).length === 0);
  const without = [...new Set(dead)].map(
    (channel) => `${channel}: the app has no provider for it, so nobody is reached there`,
  );
  const all = channelsAskedFor(request, notification);
  return [
    ...without,
    ...(all.includes("mobilePush") ? handsetWarnings(request.content, configured) : []),
    ...(all.includes("sms") && configured.has("sns") ? smsWarnings(request.content) : []),
    ...(all.includes("webhook") && configured.has("webhook") ? robotWarnings(request.content) : []),
  ];
}

/** Rungs whose time comes when the notification is over: as a wait for an answer they are none. */
export function rungWarnings({
  ladder = [],
  createdAtMs,
  sendAtMs = createdAtMs,
  expiresAtMs,
}: Pick<Notification, "ladder" | "createdAtMs" | "sendAtMs" | "expiresAtMs">): string[] {
  const lifeS = Math.floor((expiresAtMs - sendAtMs) / 1000);
  return ladder.flatMap(({ channels, afterS = 0 }) => {
    if (afterS < lifeS) return [];
    const inWords = (seconds: number) => `${seconds.toLocaleString("en")} s`;
    const waits = `is to be tried ${inWords(afterS)} after the rung before it, and the notification lives ${inWords(lifeS)}`;
    return [`${channels.join(", ")}: ${waits}; it is tried only where that rung fails`];
  });
}

/** Channels of the request's own choice, on its ladder as well. */
const channelsNamed = ({ channels = [], ladder = [] }: Asked): Channel[] => [
  ...channels,
  ...ladder.flatMap((rung) => rung.channels),
];

/** What a request says of whom, what and where; a change of one names no channels. */
export type Asked = Pick<SendRequest, "to" | "content" | "channels" | "ladder">;

/** What was made of the request: its own channels and rungs, or those of its category. */
type Chosen = Pick<Notification, "channels" | "ladder">;

/** These, and those that its category chose for it. */
export const channelsAskedFor = (request: Asked, notification: Chosen): Channel[] => [
  ...rungsOf(notification).flatMap(({ channels }) => channels),
  ...channelsNamed(request),
];
