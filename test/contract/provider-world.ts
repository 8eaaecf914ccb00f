import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Message, Provider, SendEach, Target } from "../../functions/core/dispatch/provider.ts";
import { egress } from "../../functions/platform/egress.ts";
import type { OpenSocket } from "../../functions/providers/transport/reply.ts";
import type { TokenStore } from "../../functions/providers/transport/shared-token.ts";
import { type Fakes, startFakes } from "../../local/fakes/fakes.ts";

export type Closable = Provider<SendEach> & { close(): void };

/** What a provider is tested with: the fakes, a way to them, a clock that can be moved, a shared token store. */
export type World = {
  fakes: Fakes;
  open: OpenSocket;
  tokens: TokenStore & { entries: Map<string, { sealed: string; issuedAtMs: number; version: number }> };
  now(): number;
  move(ms: number): void;
  /** Told to the suite, so that it is closed in the end. */
  closeLater<T extends { close(): void }>(thing: T): T;
};

export const message = (over: Partial<Message> = {}): Message => ({
  app: "a",
  notificationId: "n-1",
  content: { title: "Hello", body: "World", data: { order: "7" } },
  category: "transactional",
  priority: "high",
  createdAtMs: 1_750_000_000_000,
  expiresAtMs: Date.now() + 3_600_000,
  ttlS: 3_600,
  ...over,
});

export const target = (over: Partial<Target>): Target => ({
  user: "u",
  device: "d",
  kind: "apns",
  token: "",
  messageId: randomUUID(),
  ...over,
});

export function memoryTokens(): World["tokens"] {
  const entries: World["tokens"]["entries"] = new Map();
  return {
    entries,
    get: async (key) => entries.get(key),
    async put(key, token, expected) {
      if (entries.get(key)?.version !== expected) return false;
      entries.set(key, { ...token, version: (expected ?? 0) + 1 });
      return true;
    },
  };
}

export async function startWorld(): Promise<World & { close(): Promise<void> }> {
  let shiftMs = 0;
  const now = () => Date.now() + shiftMs;
  const folder = mkdtempSync(join(tmpdir(), "clarion-providers-"));
  const fakes = await startFakes({ folder, clock: { now } });
  const open = egress({ overrides: fakes.egress, ca: readFileSync(fakes.caFile, "utf8") });
  const closables: { close(): void }[] = [];
  return {
    fakes,
    open,
    tokens: memoryTokens(),
    now,
    move: (ms) => {
      shiftMs += ms;
    },
    closeLater(thing) {
      closables.push(thing);
      return thing;
    },
    async close() {
      for (const thing of closables) thing.close();
      await fakes.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const DEADLINE_MS = 5_000;
export const soon = (ms = DEADLINE_MS) => ({ deadlineMs: Date.now() + ms });
