import assert from "node:assert/strict";
import { test } from "node:test";
import { MI_REGIONS, MiCredentials } from "../../functions/core/credentials/vendors.ts";
import { miProvider } from "../../functions/providers/mi/mi.ts";
import { nextMidnightMs } from "../../functions/providers/vendor/day-quota.ts";
import { message, soon, type World } from "./provider-suite.ts";
import { vendorSuite } from "./vendor-suite.ts";

const apps = new Map<string, MiCredentials>();

function credentials(world: World, app: string, over: object = {}): MiCredentials {
  const known = apps.get(app);
  if (known) return known;
  const made = MiCredentials.parse({
    appSecret: `secret-of-${app}`,
    packageName: `com.example.app${apps.size}`,
    ...over,
  });
  apps.set(app, made);
  world.fakes.mi.trust(made);
  return made;
}

const make = (world: World, app: string, over: object = {}) => {
  const { open, tokens, now } = world;
  return miProvider({ app, credentials: credentials(world, app, over), open, tokens, now });
};

const { world, targets } = vendorSuite({
  name: "mi",
  kind: "mi",
  make,
  token: (n) => `mi+regid/${String(n).padStart(6, "0")}=`.padEnd(64, "x"),
  most: 1_000,
  hasAccess: false,
  outcomes: [
    [
      { status: 200, reason: "0" },
      { kind: "accepted", providerId: "slm1" },
    ],
    [
      { status: 200, reason: "10029" },
      { kind: "gone", tokenSuspect: true, reason: "10029" },
    ],
    [
      { status: 200, reason: "20301" },
      { kind: "retry", reason: "20301" },
    ],
    [{ status: 200, reason: "21301" }, { kind: "misconfigured" }],
    [{ status: 200, reason: "22022" }, { kind: "misconfigured" }],
    [
      { status: 200, reason: "27001" },
      { kind: "misconfigured", reason: "27001" },
    ],
    [{ status: 200, reason: "10017" }, { kind: "rejected" }],
    [
      { status: 200, reason: "65003" },
      { kind: "rejected", reason: "65003" },
    ],
    [
      { status: 200, reason: "-1" },
      { kind: "retry", reason: "-1" },
    ],
    [
      { status: 200, reason: "200002" },
      { kind: "throttled", retryAfterMs: 10_000 },
    ],
    [
      { status: 429, reason: "10027", retryAfterS: 7 },
      { kind: "throttled", retryAfterMs: 7_000, status: 429 },
    ],
    [{ status: 500 }, { kind: "retry" }],
    [
      { status: 200, reason: "99999" },
      { kind: "unknown", reason: "99999" },
    ],
  ],
  perToken: [["bad", { kind: "gone", tokenSuspect: true, reason: "bad_regid" }]],
  tooLarge: { content: { title: "x", data: { long: "é".repeat(2_500) } } },
});

const kindsOf = (outcomes: readonly { kind: string }[]) => outcomes.map(({ kind }) => kind);

test("mi: a token alone that is bad is told by a code of its own", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const [to] = targets(1);
  world().fakes.faults.set({ provider: "mi", token: to!.token, reason: "bad" });
  const [outcome] = await (await provider.prepare(message())).send([to!], soon());
  assert.deepEqual(outcome, { kind: "gone", tokenSuspect: true, status: 200, reason: "20301" });
});

test("mi: each region has its host", async () => {
  for (const region of MI_REGIONS) {
    const provider = world().closeLater(make(world(), `in-${region}`, { region }));
    assert.deepEqual(kindsOf(await (await provider.prepare(message())).send(targets(2), soon())), [
      "accepted",
      "accepted",
    ]);
  }
});

test("mi: the quota of a channel ends its day alone", async () => {
  const categories = { marketing: { "extra.channel_id": 7 }, transactional: { "extra.channel_id": "8" } };
  const provider = world().closeLater(make(world(), "quota", { categories }));
  const send = async (category: string) =>
    (await provider.prepare(message({ category }))).send(targets(2), soon());
  world().fakes.faults.set({ provider: "mi", status: 200, reason: "200001", times: 1 });
  assert.deepEqual(kindsOf(await send("marketing")), ["rejected", "rejected"]);
  const before = world().fakes.mi.requests();
  assert.equal((await send("marketing"))[0]?.reason, "200001");
  assert.equal(world().fakes.mi.requests(), before, "nobody was asked");
  assert.deepEqual(kindsOf(await send("transactional")), ["accepted", "accepted"]);
  world().move(nextMidnightMs(world().now()) - world().now());
  assert.deepEqual(kindsOf(await send("marketing")), ["accepted", "accepted"]);
});

test("mi: texts of any length and silent messages are taken", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const long = { title: "标".repeat(60), body: "👍".repeat(200) };
  for (const content of [long, { body: "no title" }, { silent: true, data: { a: "b" } }])
    assert.deepEqual(kindsOf(await (await provider.prepare(message({ content }))).send(targets(1), soon())), [
      "accepted",
    ]);
});

test("mi: a wrong secret is a wrong configuration", async () => {
  const { open, tokens, now } = world();
  const wrong = { ...credentials(world(), "one"), appSecret: "wrong" };
  const provider = world().closeLater(miProvider({ app: "x", credentials: wrong, open, tokens, now }));
  const [outcome] = await (await provider.prepare(message())).send(targets(1), soon());
  assert.deepEqual([outcome?.kind, outcome?.reason], ["misconfigured", "21301"]);
});
