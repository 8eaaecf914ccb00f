import assert from "node:assert/strict";
import { test } from "node:test";
import { HonorCredentials } from "../../functions/core/credentials/vendors.ts";
import { honorProvider } from "../../functions/providers/honor/honor.ts";
import { nextMidnightMs } from "../../functions/providers/vendor/day-quota.ts";
import { message, soon, type World } from "./provider-suite.ts";
import { vendorSuite } from "./vendor-suite.ts";

const apps = new Map<string, HonorCredentials>();

function credentials(world: World, app: string): HonorCredentials {
  const known = apps.get(app);
  if (known) return known;
  const made = HonorCredentials.parse({
    appId: `10${apps.size}`,
    clientId: `client-${app}`,
    clientSecret: `secret-of-${app}`,
  });
  apps.set(app, made);
  world.fakes.honor.trust(made);
  return made;
}

const make = (world: World, app: string) => {
  const { open, tokens, now } = world;
  return honorProvider({ app, credentials: credentials(world, app), open, tokens, now });
};

const { world, targets } = vendorSuite({
  name: "honor",
  kind: "honor",
  make,
  token: (n) => `BAEAAAAAB.jk${String(n).padStart(6, "0")}-honor_token`.padEnd(120, "x"),
  most: 1_000,
  hasAccess: true,
  expired: { status: 200, reason: "401" },
  outcomes: [
    [
      { status: 200, reason: "200" },
      { kind: "accepted", providerId: "r1" },
    ],
    [
      { status: 200, reason: "80300007" },
      { kind: "gone", tokenSuspect: true, reason: "80300007" },
    ],
    [{ status: 200, reason: "404" }, { kind: "misconfigured" }],
    [{ status: 200, reason: "10205" }, { kind: "misconfigured" }],
    [{ status: 200, reason: "80200022" }, { kind: "misconfigured" }],
    [{ status: 200, reason: "80100003" }, { kind: "rejected" }],
    [
      { status: 200, reason: "80200050" },
      { kind: "rejected", reason: "80200050" },
    ],
    [{ status: 200, reason: "10207" }, { kind: "retry" }],
    [{ status: 200, reason: "500" }, { kind: "retry" }],
    [
      { status: 200, reason: "503" },
      { kind: "throttled", retryAfterMs: 10_000 },
    ],
    [
      { status: 503, retryAfterS: 7 },
      { kind: "throttled", retryAfterMs: 7_000, status: 503 },
    ],
    [{ status: 502 }, { kind: "retry" }],
    [
      { status: 200, reason: "80999999" },
      { kind: "unknown", reason: "80999999" },
    ],
  ],
  perToken: [
    ["expired", { kind: "gone", tokenSuspect: true, reason: "expired" }],
    ["failed", { kind: "retry", reason: "failed" }],
  ],
  tooLarge: { content: { title: "x", body: "é".repeat(2_500) } },
});

const kindsOf = (outcomes: readonly { kind: string }[]) => outcomes.map(({ kind }) => kind);

test("honor: a used-up quota of the day is not tried again before midnight in China", async () => {
  const provider = world().closeLater(make(world(), "quota"));
  const send = async () => (await provider.prepare(message())).send(targets(2), soon());
  assert.deepEqual(kindsOf(await send()), ["accepted", "accepted"]);
  world().fakes.faults.set({ provider: "honor", status: 200, reason: "80200047", times: 1 });
  assert.deepEqual(kindsOf(await send()), ["rejected", "rejected"]);
  const before = world().fakes.honor.requests();
  const [outcome] = await send();
  assert.deepEqual([outcome?.kind, outcome?.reason], ["rejected", "80200047"]);
  assert.equal(world().fakes.honor.requests(), before, "nobody was asked");
  world().move(nextMidnightMs(world().now()) - world().now());
  assert.deepEqual(kindsOf(await send()), ["accepted", "accepted"]);
});

test("honor: advertising goes without its image, which Honor would refuse", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const content = { title: "Sale", body: "Today", image: "https://x.example/a.png" };
  const [to] = targets(1);
  const [outcome] = await (await provider.prepare(message({ content, category: "marketing" }))).send(
    [to!],
    soon(),
  );
  assert.equal(outcome?.kind, "accepted");
  const entry = world().fakes.honor.received.find(({ token }) => token === to!.token);
  assert.match(JSON.stringify(entry?.payload), /"importance":"LOW"/);
});

test("honor: a wrong client secret is a wrong configuration, told by the token endpoint", async () => {
  const { open, tokens, now } = world();
  const wrong = { ...credentials(world(), "one"), clientSecret: "wrong" };
  const provider = world().closeLater(honorProvider({ app: "x", credentials: wrong, open, tokens, now }));
  const [outcome] = await (await provider.prepare(message())).send(targets(1), soon());
  assert.deepEqual([outcome?.kind, outcome?.status], ["misconfigured", 401]);
});
