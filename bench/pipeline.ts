import { clientToken } from "../local/demo/client-token.ts";
import { startPlatform } from "../local/demo/platform.ts";
import { seedDemo } from "../local/demo/seed.ts";
import { connectSocket } from "../local/demo/socket-client.ts";

const RATE_PER_S = 50;
const WARM_UP = 100;
const MEASURED = 1_000;

/** POST to WebSocket frame at 50 requests a second, the whole platform on this machine, its functions warm. */
export async function pipeline(): Promise<Record<string, number>> {
  const platform = await startPlatform({ port: 0, memory: true, onTrouble: (text) => console.error(text) });
  try {
    const { api, jwtSecret } = await seedDemo(platform);
    const { runtime } = platform;
    // Ten people, so that nobody is guarded against a hundred notifications a minute.
    const users = Array.from({ length: Math.ceil((WARM_UP + MEASURED) / 80) }, (_, n) => `bench-${n}`);
    const arrived = new Map<string, number>();
    for (const user of users) {
      await api.ok("PUT", `/v1/users/${user}`, {});
      const token = clientToken("demo", user, jwtSecret, runtime.clock.now());
      const onFrame = ({ data }: { data: Record<string, unknown> }) =>
        void arrived.set(String(data["title"]), performance.now());
      await connectSocket({ url: runtime.webSocketUrl, token, onFrame });
    }
    const posted = new Map<string, number>();
    const send = async (n: number) => {
      const title = `m${n}`;
      posted.set(title, performance.now());
      await api.ok("POST", "/v1/notifications", {
        to: { users: [users[n % users.length]] },
        channels: ["inApp"],
        content: { title },
      });
    };
    const pending: Promise<void>[] = [];
    for (let n = 0; n < WARM_UP + MEASURED; n++) {
      pending.push(send(n));
      await new Promise((resolve) => setTimeout(resolve, 1_000 / RATE_PER_S));
    }
    await Promise.all(pending);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    return figuresOf(posted, arrived);
  } finally {
    await platform.close();
  }
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
    requests: titles.length,
  };
}
