import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { HmsCredentials } from "../../functions/core/credentials/vendors.ts";
import { hmsProvider } from "../../functions/providers/hms/hms.ts";
import { hmsPayload } from "../../functions/providers/hms/payload.ts";
import { message, soon, target, type World } from "./provider-suite.ts";
import { vendorSuite } from "./vendor-suite.ts";

const apps = new Map<string, HmsCredentials>();

function credentials(world: World, app: string): HmsCredentials {
  const known = apps.get(app);
  if (known) return known;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const made = HmsCredentials.parse({
    appId: `10${apps.size}`,
    clientSecret: `secret-of-${app}`,
    serviceAccount: {
      project_id: `project-${app}`,
      key_id: `key-${app}`,
      sub_account: `sub-${app}`,
      private_key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    },
  });
  apps.set(app, made);
  world.fakes.hms.trust(made);
  return made;
}

const make = (world: World, app: string) => {
  const { open, tokens, now } = world;
  return hmsProvider({ app, credentials: credentials(world, app), open, tokens, now });
};

const token = (n: number) => `IQAAAACy0${String(n).padStart(6, "0")}AAB-hms_token`.padEnd(120, "x");

const { world, targets } = vendorSuite({
  name: "hms",
  kind: "hms",
  make,
  token,
  most: 1_000,
  hasAccess: true,
  expired: { status: 200, reason: "80200003" },
  outcomes: [
    [
      { status: 200, reason: "80000000" },
      { kind: "accepted", providerId: "157" },
    ],
    [
      { status: 200, reason: "80300007" },
      { kind: "gone", tokenSuspect: true, reason: "80300007" },
    ],
    [
      { status: 200, reason: "80300002" },
      { kind: "misconfigured", reason: "80300002" },
    ],
    [{ status: 200, reason: "80300011" }, { kind: "misconfigured" }],
    [
      { status: 200, reason: "80300036" },
      { kind: "misconfigured", reason: "80300036" },
    ],
    [
      { status: 200, reason: "80200005" },
      { kind: "misconfigured", reason: "80200005" },
    ],
    [
      { status: 200, reason: "80100003" },
      { kind: "rejected", reason: "80100003" },
    ],
    [{ status: 200, reason: "80300008" }, { kind: "rejected" }],
    [{ status: 200, reason: "80100016" }, { kind: "rejected" }],
    [{ status: 200, reason: "81000001" }, { kind: "retry" }],
    [{ status: 200, reason: "80100017" }, { kind: "throttled" }],
    [
      { status: 503, retryAfterS: 7 },
      { kind: "throttled", retryAfterMs: 7_000, status: 503 },
    ],
    [{ status: 500 }, { kind: "retry", status: 500 }],
    [{ status: 502 }, { kind: "retry" }],
    [{ status: 404 }, { kind: "misconfigured" }],
    [
      { status: 200, reason: "80999999" },
      { kind: "unknown", reason: "80999999" },
    ],
  ],
  perToken: [["80300007", { kind: "gone", tokenSuspect: true }]],
  tooLarge: { content: { title: "x", body: "é".repeat(2_500) } },
});

const nextTargets = (count: number) =>
  Array.from({ length: count }, (_, n) => target({ kind: "hmsNext", token: `next-${n}-`.padEnd(70, "n") }));

test("hms: HarmonyOS 5 goes by the new interface, signed by the service account; one job may hold both", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const next = nextTargets(2);
  const mixed = [...targets(1), ...next, ...targets(1)];
  const outcomes = await (await provider.prepare(message())).send(mixed, soon());
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ["accepted", "accepted", "accepted", "accepted"],
  );
  const entry = world().fakes.hms.received.find((one) => one.token === next[0]!.token);
  assert.equal(entry?.headers["push-type"], "0");
  assert.match(JSON.stringify(entry.payload), /"category":"EXPRESS","title":"Hello","body":"World"/);
});

test("hms: an app with the OAuth client alone cannot send to HarmonyOS 5, and says so", async () => {
  const { serviceAccount: _none, ...old } = credentials(world(), "one");
  const { open, tokens, now } = world();
  const provider = world().closeLater(hmsProvider({ app: "one", credentials: old, open, tokens, now }));
  const next = target({ kind: "hmsNext", token: "n".repeat(60) });
  const outcomes = await (await provider.prepare(message())).send([...targets(1), next], soon());
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ["accepted", "misconfigured"],
  );
});

test("hms: a wrong client secret is a wrong configuration, told by the token endpoint", async () => {
  const { open, tokens, now } = world();
  const wrong = { ...credentials(world(), "one"), clientSecret: "wrong" };
  const provider = world().closeLater(hmsProvider({ app: "x", credentials: wrong, open, tokens, now }));
  const [outcome] = await (await provider.prepare(message())).send(targets(1), soon());
  assert.deepEqual([outcome?.kind, outcome?.status], ["misconfigured", 401]);
});

test("hms: a JWT that Huawei takes no longer is signed anew, and the batch sent again once", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const { hms: fake, faults } = world().fakes;
  const send = async () => {
    const before = fake.requests();
    const outcomes = await (await provider.prepare(message())).send(nextTargets(3), soon());
    return { kinds: outcomes.map(({ kind }) => kind), requests: fake.requests() - before };
  };
  const taken = ["accepted", "accepted", "accepted"];
  assert.deepEqual((await send()).kinds, taken);
  // No new JWT is signed within seconds of the last.
  world().move(60_000);
  fake.expireTokens();
  const before = fake.received.length;
  assert.deepEqual(await send(), { kinds: taken, requests: 2 });
  assert.equal(fake.received.length - before, 3, "each once");
  world().move(60_000);
  faults.set({ provider: "hms", status: 200, reason: "80200005" });
  assert.deepEqual(await send(), { kinds: taken.map(() => "misconfigured"), requests: 2 });
});

test("hms: of a batch to HarmonyOS 5 each device has the outcome of its group", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const to = nextTargets(5);
  const groups = ["noRight", "tokenFormatError", "countryNotSupport", "deviceAsleep"];
  for (const [index, reason] of groups.entries())
    world().fakes.faults.set({ provider: "hms", token: to[index]!.token, reason });
  const outcomes = await (await provider.prepare(message())).send(to, soon());
  assert.deepEqual(
    outcomes.map(({ kind, tokenSuspect = false, reason }) => [kind, tokenSuspect, reason]),
    [
      ["misconfigured", false, "noRight"],
      ["gone", true, "tokenFormatError"],
      ["misconfigured", false, "countryNotSupport"],
      ["rejected", false, "deviceAsleep"],
      ["accepted", false, undefined],
    ],
  );
});

test("hms: the old interface's envelope counts among the 4,096 bytes", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const { hms: fake } = world().fakes;
  const withBody = (bytes: number) => message({ content: { title: "x", body: "x".repeat(bytes) } });
  const envelope = { validate_only: false, message: hmsPayload(withBody(1), {}) };
  const most = 4_096 - Buffer.byteLength(JSON.stringify(envelope)) + 1;
  const kindOf = async (bytes: number) =>
    (await (await provider.prepare(withBody(bytes))).send(targets(1), soon()))[0]?.kind;
  await kindOf(1);
  const before = fake.requests();
  assert.deepEqual([await kindOf(most), await kindOf(most + 1)], ["accepted", "rejected"]);
  assert.equal(fake.requests() - before, 1);
});
