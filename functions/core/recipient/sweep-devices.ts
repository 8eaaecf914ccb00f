import type { Device } from "./device.ts";

const TOMBSTONE_MS = 30 * 86_400_000;

/**
 * Devices after the daily sweep: unseen since `beforeMs` = inactive; unregistered for 30 days = forgotten.
 * @returns how many changed, 0 when nothing has to be written
 */
export function sweepDevices(
  devices: readonly Device[],
  beforeMs: number,
  nowMs: number,
): { devices: Device[]; swept: number } {
  let swept = 0;
  const kept = devices.flatMap((device): Device[] => {
    if (device.status === "unregistered" && (device.invalidatedAtMs ?? nowMs) < nowMs - TOMBSTONE_MS) {
      swept++;
      return [];
    }
    if (device.status !== "active" || device.lastSeenAtMs >= beforeMs) return [device];
    swept++;
    return [{ ...device, status: "inactive", invalidatedAtMs: nowMs, reason: "unseen" }];
  });
  return { devices: kept, swept };
}
