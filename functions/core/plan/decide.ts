import type { Reason } from "../explain/reasons.ts";
import { FAN_OUT_CHANNEL, FAN_OUT_PROVIDER, type FanOut } from "../notification/fan-out.ts";
import { wants } from "../policy/preferences.ts";
import {
  ADDRESS_DEVICE,
  ADDRESS_PROVIDER,
  type Address,
  type AddressChannel,
  addressOf,
} from "../recipient/address.ts";
import type { Device, Recipient, Token } from "../recipient/device.ts";
import { type AppleRoad, providerOf, suits } from "../token-kinds.ts";
import type { Channel, Platform, ProviderName } from "../words.ts";
import { inOrder } from "./road.ts";

/** The pseudo device of the in-app channel: a user's inbox and all open connections. */
export const INBOX = "~";

/** What a notification asks of every recipient. */
export type Question = {
  channels: readonly Channel[];
  category: string;
  platforms?: readonly Platform[];
  /** Set where Apple's ordinary tokens are not meant. */
  appleRoad?: AppleRoad;
  /** Walks only: who was created later is not in the audience. */
  createdBeforeMs?: number;
};

/** What is known of the app when a page is planned. */
export type AppFacts = {
  /** Providers that have credentials (`websocket` needs none). */
  configured: ReadonlySet<ProviderName>;
  /** The app's own order of the roads to a handset. */
  roads?: readonly ProviderName[];
};

export type Candidate = {
  user: string;
  recipient?: Recipient;
  /** Audience by device: only these. */
  onlyDevices?: readonly string[];
  /** Walks: whether the user has an open connection; lists store in the inbox either way. */
  online?: boolean;
  /** Nobody in person: what the provider fans out by itself. */
  fanOut?: FanOut;
};

export type PlannedTarget = {
  provider: ProviderName;
  device: string;
  token?: Token;
  address?: Address;
  fanOut?: FanOut;
  /** The device has a token of another provider too: where this one refuses, that one is tried. */
  otherRoad?: true;
};
export type Skip = { channel: Channel; reason: Reason; device?: string };
export type Decision = { reason: Reason; targets: PlannedTarget[]; skips: Skip[] };

/**
 * Which of a recipient's devices are sent to, by which provider, and why not the others.
 * Pure: the same question about the same recipient has the same answer, for sending and for explaining.
 */
export function decide(question: Question, candidate: Candidate, facts: AppFacts): Decision {
  const { recipient, fanOut } = candidate;
  if (fanOut) return decideFanOut(fanOut, facts);
  if (recipient === undefined) return none("no_such_user");
  if (question.createdBeforeMs !== undefined && recipient.createdAtMs >= question.createdBeforeMs) {
    return none("joined_later");
  }
  const decision: Decision = { reason: "sent", targets: [], skips: [] };
  for (const channel of new Set(question.channels))
    decideChannel(channel, question, candidate, facts, decision);
  if (decision.targets.length === 0) decision.reason = whyNothing(decision, recipient);
  return decision;
}

const none = (reason: Reason): Decision => ({ reason, targets: [], skips: [] });

/** Who is behind it, and what they prefer, is the provider's matter. */
function decideFanOut(fanOut: FanOut, { configured }: AppFacts): Decision {
  const provider = FAN_OUT_PROVIDER[fanOut.kind];
  if (configured.has(provider))
    return { reason: "sent", targets: [{ provider, device: "", fanOut }], skips: [] };
  const reason = "channel_not_configured";
  return { reason, targets: [], skips: [{ channel: FAN_OUT_CHANNEL, reason }] };
}

function decideChannel(
  channel: Channel,
  question: Question,
  candidate: Candidate,
  facts: AppFacts,
  into: Decision,
): void {
  if (!wants(candidate.recipient?.preferences, question.category, channel)) {
    into.skips.push({ channel, reason: "preference_off" });
    return;
  }
  switch (channel) {
    case "inApp":
      if (candidate.onlyDevices) return;
      if (candidate.online === false) into.skips.push({ channel, reason: "not_connected" });
      else into.targets.push({ provider: "websocket", device: INBOX });
      return;
    case "mobilePush":
    case "webPush":
      decideDevices(channel, question, candidate, facts, into);
      return;
    case "email":
    case "sms":
    case "webhook":
      decideAddress(channel, candidate, facts, into);
      return;
    default:
      channel satisfies never;
  }
}

/** People are reached at one address a channel; an audience that names devices means none of them. */
function decideAddress(
  channel: AddressChannel,
  { recipient, onlyDevices }: Candidate,
  facts: AppFacts,
  into: Decision,
): void {
  if (recipient === undefined || onlyDevices) return;
  const provider = ADDRESS_PROVIDER[channel];
  const address = addressOf(channel, recipient);
  if (!facts.configured.has(provider)) into.skips.push({ channel, reason: "channel_not_configured" });
  else if (address === undefined) into.skips.push({ channel, reason: "no_address" });
  else if (recipient.unreachable?.[channel]) into.skips.push({ channel, reason: "address_unreachable" });
  else into.targets.push({ provider, device: ADDRESS_DEVICE[channel], address });
}

function decideDevices(
  channel: Channel,
  question: Question,
  candidate: Candidate,
  facts: AppFacts,
  into: Decision,
): void {
  const devices = candidate.recipient?.devices ?? [];
  const onChannel = devices.filter((device) =>
    device.tokens.some((token) => carries(channel, token, question)),
  );
  for (const missing of (candidate.onlyDevices ?? []).filter(
    (id) => !devices.some((device) => device.id === id),
  )) {
    into.skips.push({ channel, reason: "no_such_device", device: missing });
  }
  if (onChannel.length === 0) into.skips.push({ channel, reason: "no_token_for_channel" });
  for (const device of onChannel) {
    if (candidate.onlyDevices && !candidate.onlyDevices.includes(device.id)) continue;
    const roads = roadsTo(channel, device, question, facts);
    if (typeof roads === "string") into.skips.push({ channel, reason: roads, device: device.id });
    else into.targets.push(targetBy(roads, device));
  }
}

const carries = (channel: Channel, token: Token, { appleRoad }: Question): boolean =>
  (token.kind === "webpush") === (channel === "webPush") && suits(token, appleRoad);

type Roads = [best: Token, ...others: Token[]];

/** The tokens of a device that can be sent to, or why there are none. */
function roadsTo(channel: Channel, device: Device, question: Question, facts: AppFacts): Roads | Reason {
  if (question.platforms && !question.platforms.includes(device.platform)) return "platform_excluded";
  if (device.status === "inactive") return "device_inactive";
  const alive = device.tokens.filter(
    (token) => carries(channel, token, question) && token.goneAtMs === undefined,
  );
  if (device.status === "unregistered" || alive.length === 0) return "device_unregistered";
  const usable = alive.filter((token) => facts.configured.has(providerOf(token.kind)));
  const [best, ...others] = inOrder(usable, device, facts.roads);
  return best === undefined ? "channel_not_configured" : [best, ...others];
}

/** One road per device: a phone with tokens of two providers rings once. */
function targetBy([token, ...others]: Roads, { id }: Device): PlannedTarget {
  const provider = providerOf(token.kind);
  const otherRoad = others.some(({ kind }) => providerOf(kind) !== provider);
  return { provider, device: id, token, ...(otherRoad && { otherRoad }) };
}

function whyNothing({ skips }: Decision, recipient: Recipient): Reason {
  const isSaid = (wanted: Reason) => skips.some(({ reason }) => reason === wanted);
  if (recipient.devices.length > 0 || isSaid("not_connected")) return skips[0]?.reason ?? "no_active_device";
  if (isSaid("preference_off")) return "preference_off";
  if (skips.length === 0 || isSaid("no_token_for_channel")) return "no_device";
  return skips.find(({ reason }) => reason !== "channel_not_configured")?.reason ?? "channel_not_configured";
}
