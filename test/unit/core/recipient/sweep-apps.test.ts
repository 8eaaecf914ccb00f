import assert from "node:assert/strict";
import { test } from "node:test";
import type { Recipient } from "../../../../functions/core/recipient/device.ts";
import { type SweepPorts, sweepApps } from "../../../../functions/core/recipient/sweep-apps.ts";

const SHARDS = 20;

/** Each app has people in every shard, usually more than a page of them in the first. */
function world({
  apps = ["a", "b", "c"],
  pages = Number.POSITIVE_INFINITY,
  random = (): number => 0,
  inFirst = 501,
} = {}) {
  const seen: string[] = [];
  const names = (app: string, shard: number) =>
    Array.from(
      { length: shard === 0 ? inFirst : 1 },
      (_, n) => `${app}-${shard}-${String(n).padStart(3, "0")}`,
    );
  let left = pages;
  const ports: SweepPorts = {
    apps: async () => apps,
    async page(app, shard, after, limit) {
      left--;
      const users = names(app, shard).filter((user) => user > after);
      return users.slice(0, limit).map((user) => ({ app, user, createdAtMs: 1, devices: [] }) as Recipient);
    },
    async sweep({ user }) {
      seen.push(user);
      return 1;
    },
    random,
    hasTime: () => left > 0,
    swept: () => undefined,
  };
  return { ports, seen };
}

test("everybody of all apps is looked at once, wherever it begins", async () => {
  for (const start of [0, 0.4, 0.999]) {
    const { ports, seen } = world({ random: () => start });
    assert.deepEqual(await sweepApps(ports, SHARDS), { apps: 3, of: 3, devices: 3 * 520 });
    assert.equal(new Set(seen).size, 3 * 520);
  }
});

test("where time is short, those who were left come another day", async () => {
  const swept = new Set<string>();
  let state = 1;
  /** Park and Miller's generator: the same days each time. */
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  for (let day = 0; day < 200; day++) {
    const { ports, seen } = world({ pages: 12, random, inFirst: 2 }); // half an app
    const done = await sweepApps(ports, SHARDS);
    assert.ok(done.apps < done.of);
    for (const user of seen) swept.add(user);
  }
  assert.equal(swept.size, 3 * 21);
});

test("no apps, nothing to do", async () => {
  assert.deepEqual(await sweepApps(world({ apps: [] }).ports, SHARDS), { apps: 0, of: 0, devices: 0 });
});
