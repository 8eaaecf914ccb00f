import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ApiClient, apiClient } from "../../local/demo/api-client.ts";
import { clientToken } from "../../local/demo/client-token.ts";
import { type Platform, startPlatform } from "../../local/demo/platform.ts";
import { configureProviders } from "../../local/demo/seed.ts";
import { connectSocket, type SocketClient, type SocketOptions } from "../../local/demo/socket-client.ts";
import type { RuntimeOptions } from "../../local/runtime/start.ts";

export type World = Platform & {
  troubles: string[];
  /** Every line the functions logged. */
  logs: string[];
  advance(ms: number): Promise<void>;
  /** Failures that a test causes on purpose; any other fails the file when the world is closed. */
  expectTrouble(pattern: RegExp): void;
};

export type TestApp = {
  id: string;
  key: string;
  keyId: string;
  api: ApiClient;
  vapidPublicKey: string;
  token(user: string): string;
  connect(user: string, options?: Partial<SocketOptions>): Promise<SocketClient>;
};

/** The whole platform in memory, gone with the test file. */
export async function startWorld(options: RuntimeOptions = {}): Promise<World> {
  const troubles: string[] = [];
  const expected: RegExp[] = [];
  const logs: string[] = [];
  const platform = await startPlatform({
    port: 0,
    memory: true,
    onTrouble: (text) => troubles.push(text),
    onLog: ({ line }) => logs.push(line),
    ...options,
  });
  return {
    ...platform,
    troubles,
    logs,
    advance: (ms) => platform.runtime.clock.advance(ms),
    expectTrouble: (pattern) => expected.push(pattern),
    async close() {
      keepCoverage(platform);
      const seen = [...troubles, ...logs.filter((line) => line.includes('"level":"error"'))];
      troubles.length = 0;
      await platform.close();
      const unexpected = seen.filter((text) => !expected.some((pattern) => pattern.test(text)));
      assert.deepEqual(unexpected, [], "the platform had trouble that no test expected");
    },
  };
}

let kept = 0;

/** What the roles' statements were used for, for the last stage of `npm test`. */
function keepCoverage({ runtime }: Platform): void {
  const folder = process.env["CLARION_COVERAGE_FOLDER"];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${process.pid}-${kept++}.json`), JSON.stringify(runtime.coverage()));
}

let apps = 0;

/** A new app with credentials for every provider, trusted by the fakes. */
export async function makeApp(
  world: World,
  name = "app",
  change: Record<string, unknown> = {},
): Promise<TestApp> {
  const id = `${name}-${++apps}`;
  await world.admin.ok("POST", "/v1/apps", { id, ...change });
  const created = await world.admin.ok("POST", `/v1/apps/${id}/keys`, {
    name: "test",
    scopes: ["send", "read", "users", "apps"],
  });
  const jwtSecret = `${id}-`.padEnd(48, "s");
  const vapidPublicKey = await configureProviders(world, world.admin, id, jwtSecret);
  const token = (user: string) => clientToken(id, user, jwtSecret, world.runtime.clock.now());
  return {
    id,
    key: String(created["key"]),
    keyId: String(created["id"]),
    api: apiClient(world.runtime.apiUrl, String(created["key"])),
    vapidPublicKey,
    token,
    connect: (user, options = {}) =>
      connectSocket({ url: world.runtime.webSocketUrl, token: token(user), ...options }),
  };
}

export const hexToken = (name: string): string =>
  Buffer.from(name.padEnd(32, "*").slice(0, 60)).toString("hex");
export const fcmToken = (name: string): string => `${name}-${"x".repeat(100)}`;

export const iphone = (name: string, extra: object = {}) => ({
  platform: "ios",
  tokens: [{ kind: "apns", token: hexToken(name), ...extra }],
});
export const pixel = (name: string) => ({
  platform: "android",
  tokens: [{ kind: "fcmToken", token: fcmToken(name) }],
});
export const browserOf = (world: World, app: TestApp) => ({
  platform: "web",
  tokens: [{ kind: "webpush", ...world.fakes.webpush.subscribe({ vapidPublicKey: app.vapidPublicKey }) }],
});

/** A user with these devices, by their ids. */
export async function person(
  app: TestApp,
  user: string,
  devices: Record<string, object> = {},
): Promise<void> {
  await app.api.ok("PUT", `/v1/users/${user}`, {});
  for (const [device, body] of Object.entries(devices))
    await app.api.ok("PUT", `/v1/users/${user}/devices/${device}`, body);
}

/** Sends a notification that is known by its title. */
export const notify = (app: TestApp, title: string, request: object) =>
  app.api.ok("POST", "/v1/notifications", { content: { title }, ...request });

/** What the fake APNs received under a title. */
export const atApns = ({ fakes }: World, title: string) =>
  fakes.apns.received.filter(({ payload }) => JSON.stringify(payload).includes(title));

const named = <T extends { logicalId: string }>(things: readonly T[], name: string): T => {
  const found = things.find(({ logicalId }) => logicalId.startsWith(name));
  assert.ok(found, `nothing in the template is called ${name}`);
  return found;
};
export const tableNamed = ({ runtime }: World, name: string): string =>
  named(runtime.deployment.tables, name).name;
export const functionNamed = ({ runtime }: World, name: string): string =>
  named(runtime.deployment.functions, name).name;

/** A statement of a function's role by one of its actions. */
export function statementWith({ runtime }: World, fn: string, action: string): { id: string } {
  const { functions, roles } = runtime.deployment;
  const { roleArn } = named(functions, fn);
  const role = roles.find(({ arn }) => arn === roleArn);
  const found = role?.statements.find(({ actions }) => actions.includes(action));
  assert.ok(found, `${fn} has no statement with ${action}`);
  return found;
}

/** Waits until a condition holds, looking every `everyMs`. @throws Error naming what was waited for */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
  everyMs = 5,
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

export type Status = { state: string; counts: Record<string, unknown>; totals: Record<string, number> };

/** Waits until a notification has ended; its status. */
export async function ended(app: TestApp, id: unknown, timeoutMs = 15_000): Promise<Status> {
  let status: Status | undefined;
  await until(
    `notification ${id} ends`,
    async () => {
      status = (await app.api.ok("GET", `/v1/notifications/${id}`)) as Status;
      return ["completed", "cancelled", "expired", "failed"].includes(status.state);
    },
    timeoutMs,
  );
  return status!;
}
