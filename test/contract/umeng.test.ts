import assert from "node:assert/strict";
import { test } from "node:test";
import { UmengCredentials } from "../../functions/core/credentials/vendors.ts";
import { umengProvider } from "../../functions/providers/umeng/umeng.ts";
import { message, soon, type World } from "./provider-suite.ts";
import { vendorSuite } from "./vendor-suite.ts";

const apps = new Map<string, UmengCredentials>();

function credentials(world: World, app: string): UmengCredentials {
  const known = apps.get(app);
  if (known) return known;
  const made = UmengCredentials.parse({ appKey: `key-${app}`, masterSecret: `secret-of-${app}` });
  apps.set(app, made);
  world.fakes.umeng.trust(made);
  return made;
}

const make = (world: World, app: string, over: Partial<UmengCredentials> = {}, now = world.now) =>
  umengProvider({ credentials: { ...credentials(world, app), ...over }, open: world.open, now });

const { world, targets } = vendorSuite({
  name: "umeng",
  kind: "umeng",
  make: (world, app) => make(world, app),
  token: (n) => `Aj${String(n).padStart(6, "0")}`.padEnd(44, "x"),
  most: 500,
  hasAccess: false,
  outcomes: [
    [
      { status: 200, reason: "uu1" },
      { kind: "accepted", status: 200, providerId: "uu1" },
    ],
    [
      { status: 400, reason: "2050", retryAfterS: 7 },
      { kind: "throttled", reason: "2050", retryAfterMs: 7_000 },
    ],
    [
      { status: 400, reason: "2027" },
      { kind: "misconfigured", status: 400, reason: "2027" },
    ],
    [{ status: 400, reason: "2054" }, { kind: "misconfigured" }],
    [{ status: 400, reason: "1018" }, { kind: "misconfigured" }],
    [{ status: 400, reason: "5009" }, { kind: "misconfigured" }],
    [{ status: 400, reason: "2023" }, { kind: "retry" }],
    [{ status: 400, reason: "6003" }, { kind: "retry" }],
    [{ status: 400, reason: "2028" }, { kind: "retry" }],
    [
      { status: 400, reason: "1009" },
      { kind: "rejected", reason: "1009" },
    ],
    [{ status: 400, reason: "2045" }, { kind: "rejected" }],
    [{ status: 429 }, { kind: "throttled" }],
    [{ status: 502 }, { kind: "retry" }],
    [
      { status: 400, reason: "9999" },
      { kind: "rejected", reason: "9999" },
    ],
    [{ status: 200 }, { kind: "unknown", reason: "status_200" }],
  ],
  // Umeng says nothing of single devices.
  perToken: [],
  tooLarge: { content: { title: "x", body: "é".repeat(900) } },
});

const payloadOf = (token: string) =>
  world().fakes.umeng.received.find((entry) => entry.token === token)?.payload as {
    payload: { display_type: string; body: Record<string, unknown> };
    production_mode: string;
  };

test("umeng: a wrong secret gives a wrong signature, and that is a wrong configuration", async () => {
  const provider = world().closeLater(make(world(), "one", { masterSecret: "wrong" }));
  const [outcome] = await (await provider.prepare(message())).send(targets(2), soon());
  assert.deepEqual(outcome, { kind: "misconfigured", status: 400, reason: "2027" });
});

test("umeng: what is signed is what is sent, in Chinese as well; test devices are said to be such", async () => {
  const provider = world().closeLater(make(world(), "one", { production: false }));
  const [alone] = targets(1);
  const content = { title: "标题", body: '你好 & "再见" 👍', data: { k: "值" } };
  const [outcome] = await (await provider.prepare(message({ content }))).send([alone!], soon());
  assert.deepEqual(outcome, { kind: "accepted", status: 200, providerId: "uu1" });
  const { payload, production_mode: mode } = payloadOf(alone!.token);
  assert.deepEqual([payload.body["text"], mode], [content.body, "false"]);
});

test("umeng: a silent message goes as data, and is taken", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const [alone] = targets(1);
  const send = await provider.prepare(message({ content: { silent: true, data: { a: "b" } } }));
  assert.equal((await send.send([alone!], soon()))[0]?.kind, "accepted");
  assert.equal(payloadOf(alone!.token).payload.display_type, "message");
});

test("umeng: a clock that is wrong is told by Umeng, and the next request carries another time", async () => {
  let aheadMs = 11 * 60_000;
  const provider = world().closeLater(make(world(), "one", {}, () => world().now() + aheadMs));
  const send = await provider.prepare(message());
  const [late] = await send.send(targets(1), soon());
  assert.deepEqual([late?.kind, late?.reason], ["retry", "2028"]);
  aheadMs = 0;
  assert.equal((await send.send(targets(1), soon()))[0]?.kind, "accepted");
});
