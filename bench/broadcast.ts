import { watchMemory } from "./platform/memory.ts";
import { seedPeople } from "./platform/people.ts";
import { type BenchPlatform, startBenchPlatform } from "./platform/platform.ts";

const SMALL = 10_000;
const LARGE = 100_000;
const GIVE_UP_MS = 300_000;

/** One broadcast to everyone, from the request to the last target's outcome. */
export async function broadcast(): Promise<Record<string, number>> {
  const small = await run(SMALL);
  const large = await run(LARGE);
  return {
    broadcast_devices_per_s: Math.round(LARGE / (large.ms / 1_000)),
    broadcast_peak_rss_mb: Math.round(large.sumMb),
    broadcast_peak_rss_mb_10k: Math.round(small.sumMb),
    broadcast_largest_rss_mb: Math.round(large.largestMb),
    broadcast_largest_rss_mb_10k: Math.round(small.largestMb),
    broadcast_seconds: Number((large.ms / 1_000).toFixed(1)),
    broadcast_sent: large.answered,
  };
}

async function run(devices: number) {
  const platform = await startBenchPlatform();
  try {
    await seedPeople(platform.runtime, platform.app.id, devices);
    const memory = watchMemory(platform.runtime.functions);
    const before = await platform.answered();
    const startMs = performance.now();
    const { id } = await platform.app.api.ok("POST", "/v1/notifications", {
      to: { everyone: true },
      category: "marketing",
      channels: ["mobilePush", "webPush"],
      content: { title: "Winter sale", body: "Everything is half the price until Sunday evening." },
    });
    await completed(platform, String(id), devices);
    const ms = performance.now() - startMs;
    return { ms, answered: (await platform.answered()) - before, ...memory.stop() };
  } finally {
    await platform.close();
  }
}

/** @throws Error when not every device was accepted, or not in time */
async function completed({ app }: BenchPlatform, id: string, devices: number): Promise<void> {
  const endMs = performance.now() + GIVE_UP_MS;
  while (performance.now() < endMs) {
    const { state, totals } = await app.api.ok("GET", `/v1/notifications/${id}`);
    const { accepted } = totals as { accepted: number };
    if (state === "completed") {
      if (accepted !== devices)
        throw new Error(`${accepted} of ${devices} were accepted: ${JSON.stringify(totals)}`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the broadcast was not complete after ${GIVE_UP_MS / 1_000} s`);
}
