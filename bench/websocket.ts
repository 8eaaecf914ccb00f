import { setTimeout as sleep } from "node:timers/promises";
import { connectSocket } from "../local/demo/socket-client.ts";
import { type BenchPlatform, startBenchPlatform } from "./platform/platform.ts";

const RATE_PER_S = 50;
const WARM_UP = 600;
const MEASURED = 1_500;
/** Nobody gets more than a hundred notifications a minute: so many people share them. */
const PEOPLE = 60;

/** POST to WebSocket frame at 50 requests a second, the functions warm, tables and queues in memory: a laptop's disk is not what is measured. */
export async function webSocket(): Promise<Record<string, number>> {
  const platform = await startBenchPlatform({ memory: true });
  try {
    const users = Array.from({ length: PEOPLE }, (_, n) => `reader-${n}`);
    const arrived = await openSockets(platform, users);
    // The reconciler's first run of a minute starts its environment, which is a cold start like the others'.
    await platform.runtime.clock.advance(60_000);
    const posted = new Map<string, number>();
    const sending: Promise<unknown>[] = [];
    const startMs = performance.now();
    for (let n = 0; n < WARM_UP + MEASURED; n++) {
      await sleep(Math.max(0, startMs + (n * 1_000) / RATE_PER_S - performance.now()));
      const title = `message ${n}`;
      posted.set(title, performance.now());
      const to = { users: [users[n % PEOPLE]] };
      sending.push(
        platform.app.api.ok("POST", "/v1/notifications", { to, channels: ["inApp"], content: { title } }),
      );
    }
    await Promise.all(sending);
    await sleep(2_000);
    return figuresOf(posted, arrived);
  } finally {
    await platform.close();
  }
}

/** When each message arrived, by its title. */
async function openSockets({ runtime, app }: BenchPlatform, users: string[]): Promise<Map<string, number>> {
  const arrived = new Map<string, number>();
  const onFrame = ({ data }: { data: Record<string, unknown> }) =>
    void arrived.set(String(data["title"]), performance.now());
  for (const user of users) {
    await app.api.ok("PUT", `/v1/users/${user}`, {});
    await connectSocket({ url: runtime.webSocketUrl, token: app.token(user), onFrame });
  }
  return arrived;
}

function figuresOf(posted: Map<string, number>, arrived: Map<string, number>): Record<string, number> {
  const titles = [...posted.keys()].slice(WARM_UP);
  const ms = titles
    .filter((title) => arrived.has(title))
    .map((title) => arrived.get(title)! - posted.get(title)!);
  ms.sort((a, b) => a - b);
  const at = (share: number) =>
    Number(ms[Math.min(ms.length - 1, Math.floor(ms.length * share))]!.toFixed(1));
  return {
    ws_p50_ms: at(0.5),
    ws_p99_ms: at(0.99),
    ws_lost: titles.length - ms.length,
    ws_requests: titles.length,
  };
}
