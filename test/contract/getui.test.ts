import assert from "node:assert/strict";
import { test } from "node:test";
import { GetuiCredentials } from "../../functions/core/credentials/vendors.ts";
import { getuiProvider } from "../../functions/providers/getui/getui.ts";
import { message, soon, type World } from "./provider-suite.ts";
import { vendorSuite } from "./vendor-suite.ts";

const apps = new Map<string, GetuiCredentials>();

function credentials(world: World, app: string): GetuiCredentials {
  const known = apps.get(app);
  if (known) return known;
  const made = GetuiCredentials.parse({
    appId: `app${apps.size}`,
    appKey: `key-${app}`,
    masterSecret: `secret-of-${app}`,
  });
  apps.set(app, made);
  world.fakes.getui.trust(made);
  return made;
}

const make = (world: World, app: string, over: Partial<GetuiCredentials> = {}) => {
  const { open, tokens, now } = world;
  return getuiProvider({ app, credentials: { ...credentials(world, app), ...over }, open, tokens, now });
};

const { world, targets } = vendorSuite({
  name: "getui",
  kind: "getui",
  make,
  token: (n) => `f2ab${String(n).padStart(6, "0")}cdef0123456789abcdef01`,
  most: 200,
  hasAccess: true,
  expired: { status: 401, reason: "10001" },
  outcomes: [
    [
      { status: 429, reason: "10005", retryAfterS: 7 },
      { kind: "throttled", reason: "10005", retryAfterMs: 7_000 },
    ],
    [{ status: 400, reason: "10003" }, { kind: "throttled" }],
    [
      { status: 200, reason: "2" },
      { kind: "retry", reason: "2" },
    ],
    [{ status: 400, reason: "10002" }, { kind: "misconfigured" }],
    [{ status: 400, reason: "10004" }, { kind: "misconfigured" }],
    [
      { status: 200, reason: "301" },
      { kind: "misconfigured", reason: "301" },
    ],
    [{ status: 403 }, { kind: "misconfigured", reason: "status_403" }],
    [
      { status: 400, reason: "20001" },
      { kind: "rejected", reason: "20001" },
    ],
    [{ status: 400, reason: "1" }, { kind: "rejected" }],
    [{ status: 404, reason: "404" }, { kind: "rejected" }],
    [{ status: 405, reason: "405" }, { kind: "rejected" }],
    [{ status: 500 }, { kind: "retry" }],
    [
      { status: 200, reason: "19999" },
      { kind: "unknown", reason: "19999" },
    ],
  ],
  perToken: [
    ["successed_offline", { kind: "accepted", providerId: "RASS_1" }],
    ["successed_ignore", { kind: "rejected", reason: "ignore" }],
    ["target user is invalid", { kind: "gone", tokenSuspect: true, reason: "unknown_cid" }],
    ["something new", { kind: "unknown", reason: "no_result" }],
  ],
  tooLarge: { content: { title: "x", data: { long: "x".repeat(3_100) } } },
});

test("getui: a client id that is sent to alone is gone when Getui does not know it", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const [alone] = targets(1);
  world().fakes.faults.set({ provider: "getui", token: alone!.token, reason: "20001" });
  const [outcome] = await (await provider.prepare(message())).send([alone!], soon());
  assert.deepEqual(outcome, { kind: "gone", tokenSuspect: true, status: 400, reason: "unknown_cid" });
});

test("getui: a wrong secret is a wrong configuration, told by the token endpoint, and no message leaves", async () => {
  const provider = world().closeLater(make(world(), "one", { masterSecret: "wrong" }));
  const before = world().fakes.getui.requests();
  const [outcome] = await (await provider.prepare(message())).send(targets(1), soon());
  assert.deepEqual(outcome, { kind: "misconfigured", status: 401, reason: "10001" });
  assert.equal(world().fakes.getui.requests(), before);
});

test("getui: a silent message goes as data alone", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const [alone] = targets(1);
  const send = await provider.prepare(message({ content: { silent: true, data: { a: "b" } } }));
  assert.equal((await send.send([alone!], soon()))[0]?.kind, "accepted");
  const entry = world().fakes.getui.received.find(({ token }) => token === alone!.token);
  const { push_message: push } = entry!.payload as { push_message: { transmission: string } };
  assert.equal((JSON.parse(push.transmission) as Record<string, string>)["a"], "b");
});

test("getui: an app of another domain is told so, and is sent to at its own host", async () => {
  const { getui: fake } = world().fakes;
  const host = "restapi-other.getui.com";
  const elsewhere = { appId: "elsewhere", appKey: "key-elsewhere" };
  fake.trust({ ...elsewhere, masterSecret: "s", host });
  const kindsOf = async (over: Partial<GetuiCredentials>) => {
    const provider = world().closeLater(make(world(), "e", { ...elsewhere, masterSecret: "s", ...over }));
    const outcomes = await (await provider.prepare(message())).send(targets(2), soon());
    return outcomes.map(({ kind, reason }) => [kind, reason]);
  };
  const before = fake.requests();
  const refused = ["misconfigured", "301"];
  assert.deepEqual(await kindsOf({}), [refused, refused]);
  assert.equal(fake.requests(), before, "no message leaves");
  const taken = ["accepted", undefined];
  assert.deepEqual(await kindsOf({ host }), [taken, taken]);
});
