import { toWire, type WireTarget } from "../dispatch/job.ts";
import type { FanOut } from "../notification/fan-out.ts";
import type { Address } from "../recipient/address.ts";
import type { Token } from "../recipient/device.ts";
import { type Candidate, INBOX, type PlannedTarget } from "./decide.ts";

/** Targets as a job's message holds them. */

export function wireOfTarget(
  candidate: Candidate,
  { device, token, address, fanOut }: PlannedTarget,
): WireTarget {
  if (token) return wireOf(candidate, device, token);
  if (address) return addressWire(candidate, device, address);
  return fanOut ? fanOutWire(fanOut) : inboxTarget(candidate.user);
}

export const fanOutWire = ({ kind, name, ...place }: FanOut): WireTarget =>
  toWire({ user: "", device: "", kind, token: name, ...place }, 0);

export const inboxTarget = (user: string): WireTarget =>
  toWire({ user, device: INBOX, kind: "socket", token: "" }, 0);

export function addressWire({ user, recipient }: Candidate, device: string, address: Address): WireTarget {
  const { kind, value, format, secret } = address;
  const locale = recipient?.locale;
  return toWire(
    {
      user,
      device,
      kind,
      token: value,
      ...(locale && { locale }),
      ...(format && { format }),
      ...(secret !== undefined && { secret }),
    },
    0,
  );
}

export function wireOf(candidate: Candidate, device: string, token: Token): WireTarget {
  const found = candidate.recipient?.devices.find(({ id }) => id === device);
  const locale = found?.locale ?? candidate.recipient?.locale;
  return toWire(
    {
      user: candidate.user,
      device,
      kind: token.kind,
      token: token.token,
      ...(token.environment && { environment: token.environment }),
      ...(token.bundleId && { bundleId: token.bundleId }),
      ...(token.keys && { keys: token.keys }),
      ...(locale && { locale }),
    },
    token.registeredAtMs,
  );
}
