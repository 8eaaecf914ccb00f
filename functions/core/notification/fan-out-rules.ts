import { AppError } from "../errors/app-error.ts";
import { FAN_OUT_CHANNEL, fanOutOf } from "./fan-out.ts";
import type { SendRequest } from "./request.ts";

type Fault = { pointer: string; detail: string };

/**
 * What a provider's own audience cannot do, refused before it is accepted.
 * @throws AppError invalid_request naming every field that is wrong
 */
export function checkFanOut(request: SendRequest): void {
  const { to, channels = [], ladder = [] } = request;
  const fanOut = fanOutOf(to);
  if (fanOut === undefined) return;
  const errors: Fault[] = [];
  const other = channels.find((channel) => channel !== FAN_OUT_CHANNEL);
  if (other !== undefined)
    errors.push({
      pointer: "/channels",
      detail: `may only be ${FAN_OUT_CHANNEL} for to.${fanOut.kind}: who is behind it is not known, so ${other} reaches nobody`,
    });
  if (ladder.length > 0)
    errors.push({ pointer: "/ladder", detail: `is not for to.${fanOut.kind}: nobody is known to climb it` });
  errors.push(...(fanOut.kind === "apnsChannel" ? channelFaults(request) : topicFaults(request)));
  if (errors.length === 0) return;
  throw new AppError("invalid_request", `${errors[0]?.pointer}: ${errors[0]?.detail}`, { errors });
}

/** Apple broadcasts nothing but the updates and the end of Live Activities. */
function channelFaults({ content }: SendRequest): Fault[] {
  const pointer = "/content/apple/liveActivity";
  const activity = content.apple?.liveActivity;
  if (activity === undefined)
    return [{ pointer, detail: "is required for to.apnsChannel: Apple broadcasts Live Activities alone" }];
  if (activity.event === "start")
    return [
      { pointer: `${pointer}/event`, detail: "must be update or end: a channel starts no Live Activity" },
    ];
  if (activity.activity === undefined) return [];
  return [{ pointer: `${pointer}/activity`, detail: "must be left out: the channel says which is meant" }];
}

/** Tokens of Live Activities and of other frameworks than UserNotifications subscribe to no topic. */
function topicFaults({ content }: SendRequest): Fault[] {
  return (["liveActivity", "pushType"] as const)
    .filter((field) => content.apple?.[field] !== undefined)
    .map((field) => ({
      pointer: `/content/apple/${field}`,
      detail: "is Apple's alone: FCM's topics do not carry it",
    }));
}

/** The request with what such an audience leaves no choice about. */
export const withFanOutDefaults = (request: SendRequest): SendRequest =>
  fanOutOf(request.to) ? { ...request, channels: [FAN_OUT_CHANNEL], ladder: [] } : request;
