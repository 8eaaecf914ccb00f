import { deviceHash } from "../hash.ts";
import { providerOf } from "../token-kinds.ts";
import type { Channel, ProviderName } from "../words.ts";
import { type AppFacts, type Candidate, decide, type PlannedTarget, type Question } from "./decide.ts";

/** The providers that have refused a device so far, by the device's hash. */
export type ClosedRoads = ReadonlyMap<number, ReadonlySet<ProviderName>>;

/** Browsers have one road. */
export const WITH_ROADS: readonly Channel[] = ["mobilePush"];

/**
 * The next road to each of these devices: the best token of a provider that has not refused the device yet. Everything
 * else is decided as it was before, for the person as they stand now: whoever has switched the channel off since gets
 * nothing.
 */
export function decideDetour(
  question: Question,
  candidate: Candidate,
  facts: AppFacts,
  closed: ClosedRoads,
): PlannedTarget[] {
  const { user, recipient } = candidate;
  const channels = question.channels.filter((channel) => WITH_ROADS.includes(channel));
  if (recipient === undefined || channels.length === 0) return [];
  const devices = recipient.devices.flatMap((device) => {
    const refused = closed.get(deviceHash(user, device.id));
    if (refused === undefined) return [];
    return [{ ...device, tokens: device.tokens.filter(({ kind }) => !refused.has(providerOf(kind))) }];
  });
  return decide({ ...question, channels }, { ...candidate, recipient: { ...recipient, devices } }, facts)
    .targets;
}
