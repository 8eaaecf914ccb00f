import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { HmsCredentials } from "../../functions/core/credentials/vendors.ts";
import { hmsProvider } from "../../functions/providers/hms/hms.ts";
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

test("hms: HarmonyOS 5 goes by the new interface, signed by the service account; one job may hold both", async () => {
  const provider = world().closeLater(make(world(), "one"));
  const next = [7, 8].map((n) => target({ kind: "hmsNext", token: `next-${n}-${"n".repeat(60)}` }));
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
