import assert from "node:assert/strict";
import { test } from "node:test";
import { MeizuCredentials } from "../../functions/core/credentials/vendors.ts";
import { meizuProvider } from "../../functions/providers/meizu/meizu.ts";
import { message, soon, type World } from "./provider-suite.ts";
import { vendorSuite } from "./vendor-suite.ts";

const apps = new Map<string, MeizuCredentials>();

function credentials(world: World, app: string): MeizuCredentials {
  const known = apps.get(app);
  if (known) return known;
  const made = MeizuCredentials.parse({ appId: `10${apps.size}`, appSecret: `secret-of-${app}` });
  apps.set(app, made);
  world.fakes.meizu.trust(made);
  return made;
}

const make = (world: World, app: string, over: Partial<MeizuCredentials> = {}) =>
  meizuProvider({
    credentials: { ...credentials(world, app), ...over },
    open: world.open,
    now: world.now,
  });

const { world, targets } = vendorSuite({
  name: "meizu",
  kind: "meizu",
  make,
  token: (n) => `J04760${String(n).padStart(6, "0")}d625e6c64567f71487e040e7d0`,
  most: 100,
  hasAccess: false,
  outcomes: [
    [
      { status: 200, reason: "200" },
      { kind: "accepted", status: 200 },
    ],
    [
      { status: 200, reason: "1003" },
      { kind: "retry", reason: "1003" },
    ],
    [
      { status: 200, reason: "110010", retryAfterS: 7 },
      { kind: "throttled", reason: "110010", retryAfterMs: 7_000 },
    ],
    [{ status: 200, reason: "518" }, { kind: "throttled" }],
    [{ status: 200, reason: "1006" }, { kind: "misconfigured" }],
    [{ status: 200, reason: "110009" }, { kind: "misconfigured" }],
    [
      { status: 200, reason: "1005" },
      { kind: "rejected", reason: "1005" },
    ],
    [{ status: 503 }, { kind: "retry" }],
    [
      { status: 200, reason: "119999" },
      { kind: "unknown", reason: "119999" },
    ],
  ],
  perToken: [
    ["110002", { kind: "gone", tokenSuspect: true, reason: "110002" }],
    ["110003", { kind: "gone", tokenSuspect: true }],
    ["110010", { kind: "rejected", reason: "switched_off" }],
    ["110011", { kind: "rejected", reason: "110011" }],
    ["513", { kind: "retry" }],
    ["519", { kind: "retry" }],
    ["520", { kind: "accepted", providerId: "m1" }],
    ["201", { kind: "misconfigured" }],
    ["119999", { kind: "unknown" }],
  ],
});

const outcomesOf = async (provider: ReturnType<typeof make>, over: Parameters<typeof message>[0] = {}) =>
  (await provider.prepare(message(over))).send(targets(2), soon());

test("meizu: what was taken carries Meizu's id of the message", async () => {
  const outcomes = await outcomesOf(world().closeLater(make(world(), "one")));
  assert.deepEqual(outcomes, [
    { kind: "accepted", status: 200, providerId: "m1" },
    { kind: "accepted", status: 200, providerId: "m1" },
  ]);
});

test("meizu: a wrong secret gives a wrong signature, and that is a wrong configuration", async () => {
  const provider = world().closeLater(make(world(), "one", { appSecret: "wrong" }));
  const [outcome] = await outcomesOf(provider);
  assert.deepEqual(outcome, { kind: "misconfigured", status: 200, reason: "1006" });
});

test("meizu: a silent message is refused without a request", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const before = world().fakes.meizu.requests();
  const [outcome] = await outcomesOf(provider, { content: { silent: true, data: { a: "b" } } });
  assert.deepEqual(outcome, { kind: "rejected", reason: "nothing_to_show" });
  assert.equal(world().fakes.meizu.requests(), before);
});

test("meizu: after the quota of the day nothing is asked before midnight in China", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const { faults } = world().fakes;
  faults.set({ provider: "meizu", status: 200, reason: "110019", times: 1 });
  const kinds = async () => (await outcomesOf(provider)).map(({ kind, reason }) => `${kind} ${reason}`);
  const before = world().fakes.meizu.requests();
  assert.deepEqual(await kinds(), ["rejected 110019", "rejected 110019"]);
  assert.deepEqual(await kinds(), ["rejected 110019", "rejected 110019"]);
  assert.equal(world().fakes.meizu.requests() - before, 1);
  world().move(24 * 3_600_000);
  assert.deepEqual(await kinds(), ["accepted undefined", "accepted undefined"]);
});

test("meizu: one device's quota stops nobody else", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const [alone, other] = targets(2);
  world().fakes.faults.set({ provider: "meizu", token: alone!.token, reason: "110011" });
  const send = await provider.prepare(message());
  assert.equal((await send.send([alone!], soon()))[0]?.kind, "rejected");
  assert.equal((await send.send([other!], soon()))[0]?.kind, "accepted");
});
