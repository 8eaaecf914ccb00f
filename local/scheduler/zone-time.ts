const formats = new Map<string, Intl.DateTimeFormat>();

/** Throws a RangeError for a zone that is not in the IANA database. */
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, format);
  }
  return format;
}

export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    // Intl has no other way to be asked.
    return false;
  }
}

/** The wall clock of the zone, written as if it were UTC. */
export function wallOf(epochMs: number, zone: string): number {
  if (zone === "UTC") return epochMs;
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(epochMs)) parts[type] = Number(value);
  const { year, month, day, hour, minute, second } = parts as Record<string, number>;
  const ms = ((epochMs % 1000) + 1000) % 1000;
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) + ms;
}

const DAY_MS = 86_400_000;

/** The first moment at which the zone's clocks show `wallMs`; undefined when they skip it (spring). */
export function epochOf(wallMs: number, zone: string): number | undefined {
  if (zone === "UTC") return wallMs;
  const around = [wallMs - DAY_MS, wallMs + DAY_MS].map((ms) => wallOf(ms, zone) - ms);
  const moments = around.map((offsetMs) => wallMs - offsetMs).sort((a, b) => a - b);
  return moments.find((epochMs) => wallOf(epochMs, zone) === wallMs);
}
