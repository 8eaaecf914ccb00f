import { AppError } from "../errors/app-error.ts";
import { type Device, MAX_DEVICES, type Recipient } from "./device.ts";

/**
 * The recipient with the device among the others. Of those that hold no token any more the oldest make room; where
 * there are none, the inactive one that was seen longest ago does. Active ones never do.
 * @returns also the devices that are not there any more
 * @throws AppError limit_reached
 */
export function withDevice(recipient: Recipient, device: Device): { recipient: Recipient; left: Device[] } {
  const others = recipient.devices.filter(({ id }) => id !== device.id);
  const left = leaving(others).slice(0, Math.max(0, others.length + 1 - MAX_DEVICES));
  const devices = [...others.filter((other) => !left.includes(other)), device];
  if (devices.length > MAX_DEVICES) {
    throw new AppError(
      "limit_reached",
      `user ${recipient.user} has ${MAX_DEVICES} devices already: remove one`,
    );
  }
  return { recipient: { ...recipient, devices }, left };
}

/** Devices that may make room, the first first. */
function leaving(devices: readonly Device[]): Device[] {
  const unregistered = devices.filter(({ status }) => status === "unregistered");
  const inactive = devices.filter(({ status }) => status === "inactive");
  return [
    ...unregistered.sort((a, b) => (a.invalidatedAtMs ?? 0) - (b.invalidatedAtMs ?? 0)),
    ...inactive.sort((a, b) => a.lastSeenAtMs - b.lastSeenAtMs),
  ];
}
