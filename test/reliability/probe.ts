import { setTimeout as sleep } from "node:timers/promises";
import { hexToken, iphone, type TestApp, until, type World } from "../e2e/harness.ts";

export type ProbeOptions = {
  user: string;
  via?: "apns" | "fcm" | "webpush";
  priority?: "high" | "normal" | "low";
};

let probes = 0;

/** Sends one notification to one person; milliseconds from the request until the provider had it, and its id. */
export async function probe(
  world: World,
  app: TestApp,
  { user, via = "apns", priority = "normal" }: ProbeOptions,
): Promise<{ id: string; ms: number }> {
  const id = `${app.id}-probe-${probes++}-`;
  const { received } = world.fakes[via];
  let next = received.length;
  const startMs = performance.now();
  await app.api.ok("POST", "/v1/notifications", {
    id,
    to: { users: [user] },
    channels: [via === "webpush" ? "webPush" : "mobilePush"],
    priority,
    content: { title: id },
  });
  await until(
    `${via} has ${id}`,
    () => {
      while (next < received.length)
        if (JSON.stringify(received[next++]!.payload ?? "").includes(id)) return true;
      return false;
    },
    120_000,
  );
  return { id, ms: performance.now() - startMs };
}

/** So many probes one after the other, a moment apart. */
export async function probeOften(
  world: World,
  app: TestApp,
  options: ProbeOptions & { count: number; pauseMs: number; goesOn?: () => boolean },
): Promise<{ ids: string[]; ms: number[] }> {
  const found = { ids: [] as string[], ms: [] as number[] };
  const goesOn = options.goesOn ?? (() => true);
  for (let n = 0; n < options.count && goesOn(); n++) {
    const { id, ms } = await probe(world, app, options);
    found.ids.push(id);
    found.ms.push(ms);
    await sleep(options.pauseMs);
  }
  return found;
}

/** Value below which a share of the others lies. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
};

const LINES = 1_000;

/** Registers so many people of an app with an iPhone each; their names. */
export async function crowd(app: TestApp, count: number): Promise<string[]> {
  const users = Array.from({ length: count }, (_, n) => `u${n}`);
  for (let first = 0; first < count; first += LINES) {
    const lines = users
      .slice(first, first + LINES)
      .map((user) => JSON.stringify({ user, device: "phone", ...iphone(`${app.id}-${user}`) }));
    const answer = await app.api.call("POST", "/v1/devices:bulk", lines.join("\n"), {
      "content-type": "application/x-ndjson",
    });
    if (answer.status !== 207) throw new Error(`registration answered ${answer.status}`);
  }
  return users;
}

/** Requests of a person of a crowd that APNs has taken. */
export const isToCrowd = (app: TestApp) => {
  const prefix = hexToken(`${app.id}-u`).slice(0, 2 * `${app.id}-u`.length);
  return ({ token }: { token: string }) => token.startsWith(prefix);
};
