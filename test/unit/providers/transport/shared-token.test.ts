import assert from "node:assert/strict";
import { test } from "node:test";
import { sealer } from "../../../../functions/providers/transport/seal.ts";
import {
  sharedToken,
  TokenError,
  type TokenStore,
} from "../../../../functions/providers/transport/shared-token.ts";
import { memoryTokens } from "../../../contract/provider-world.ts";

const MINUTE_MS = 60_000;
const times = {
  renewAfterMs: 45 * MINUTE_MS,
  spreadMs: 5 * MINUTE_MS,
  lifeMs: 58 * MINUTE_MS,
  leastAgeMs: 20 * MINUTE_MS,
};

function environments(count: number, store: TokenStore) {
  const clock = { nowMs: 1_000_000_000 };
  const made: string[] = [];
  const make = async () => {
    const token = `token-${made.length}`;
    made.push(token);
    return token;
  };
  const now = () => clock.nowMs;
  const all = Array.from({ length: count }, () =>
    sharedToken({ key: "k", store, sealer: sealer("secret", "k"), times, make, now }),
  );
  return { all, made, clock };
}

test("environments that start at once end with one token in the store", async () => {
  const { all, clock } = environments(8, memoryTokens());
  await Promise.all(all.map((shared) => shared.get()));
  clock.nowMs += 51 * MINUTE_MS;
  await all[0]?.get();
  const tokens = await Promise.all(all.map((shared) => shared.get()));
  assert.equal(new Set(tokens).size, 1);
});

test("losers of the conditional write take the winner's token", async () => {
  const { all, made } = environments(2, memoryTokens());
  const tokens = await Promise.all(all.map((shared) => shared.get()));
  assert.equal(made.length, 2, "both had found nothing");
  assert.equal(new Set(tokens).size, 1);
});

test("a refused token is replaced, but never within the least age", async () => {
  const { all, clock } = environments(1, memoryTokens());
  const [shared] = all;
  assert.ok(shared);
  const first = await shared.get();
  assert.equal(await shared.insteadOf(first), undefined);
  clock.nowMs += 21 * MINUTE_MS;
  const second = await shared.insteadOf(first);
  assert.notEqual(second, first);
  assert.equal(await shared.insteadOf(first), second, "whoever still holds the first gets the second");
});

test("without its store an old token goes on until its end, then sends are retried", async () => {
  const store = memoryTokens();
  const broken = { on: false };
  const flaky: TokenStore = {
    get: (key) => (broken.on ? Promise.reject(new Error("throttled")) : store.get(key)),
    put: store.put,
  };
  const { all, clock } = environments(1, flaky);
  const first = await all[0]?.get();
  broken.on = true;
  clock.nowMs += 55 * MINUTE_MS;
  assert.equal(await all[0]?.get(), first);
  clock.nowMs += 5 * MINUTE_MS;
  await assert.rejects(
    async () => all[0]?.get(),
    (error) => error instanceof TokenError && error.outcome.kind === "retry",
  );
});

test("sealed texts open only unchanged, in their place and under their key", () => {
  const mine = sealer("secret", "app#apns#1");
  const sealed = mine.seal("bearer x");
  assert.equal(mine.open(sealed), "bearer x");
  assert.equal(sealer("secret", "other#apns#1").open(sealed), undefined);
  assert.equal(sealer("other", "app#apns#1").open(sealed), undefined);
  assert.equal(mine.open(`${sealed.slice(0, -2)}AA`), undefined);
  assert.equal(mine.open("short"), undefined);
});
