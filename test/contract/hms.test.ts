import assert from "node:assert/strict";
import { test } from "node:test";
import { HmsCredentials } from "../../functions/core/credentials/vendors.ts";
import { hmsProvider } from "../../functions/providers/hms/hms.ts";
import { hmsPayload } from "../../functions/providers/hms/payload.ts";
import { credentials, make, subject } from "./hms-subject.ts";
import { message, soon, target } from "./provider-world.ts";
import { vendorSuite } from "./vendor-suite.ts";

const { world, targets } = vendorSuite(subject);

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

test("hms: with a project id the old interface's second version is asked, by that project alone", async () => {
  const { fakes, open, tokens, now } = world();
  const trusted = { ...credentials(world(), "one"), appId: "2077", projectId: "388421841221" };
  fakes.hms.trust(trusted);
  const ask = async (projectId: string) => {
    const own = hmsProvider({
      app: `v2-${projectId}`,
      credentials: { ...trusted, projectId },
      open,
      tokens,
      now,
    });
    const [outcome] = await (await world().closeLater(own).prepare(message())).send(targets(1), soon());
    return outcome?.kind;
  };
  assert.equal(await ask("388421841221"), "accepted");
  assert.equal(await ask("1"), "misconfigured");
});

test("hms: an app of another region is sent to at the host that its operator names, under Huawei's domains alone", async () => {
  const { fakes, open, tokens, now } = world();
  const host = "push-api-other.cloud.huawei.com";
  const own = HmsCredentials.parse({ ...credentials(world(), "one"), host });
  const provider = world().closeLater(hmsProvider({ app: "region", credentials: own, open, tokens, now }));
  const [outcome] = await (await provider.prepare(message())).send(targets(1), soon());
  assert.deepEqual([outcome?.kind, fakes.hms.received.at(-1)?.headers["host"]], ["accepted", host]);
  for (const foreign of ["push.example", "huawei.com.example", "xhuawei.com", "huawei.com"])
    assert.equal(HmsCredentials.safeParse({ ...own, host: foreign }).success, false, foreign);
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
