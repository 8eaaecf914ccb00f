import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { configureAddresses } from "../../local/demo/addresses.ts";
import { apiClient } from "../../local/demo/api-client.ts";
import { rowsOf } from "../compatibility/kept-state.ts";
import { type CanaryTexts, searcher } from "../security/canary-texts.ts";
import {
  browserOf,
  ended,
  iphone,
  makeApp,
  notify,
  person,
  pixel,
  startWorld,
  type TestApp,
  until,
  type World,
} from "./harness.ts";
import {
  apnsCredentials,
  asAdmin,
  decrypt,
  keyIdAt,
  providerPath,
  push,
  roleOf,
  sealedNames,
  sealedRow,
  secretNames,
  textOf,
  withTexts,
} from "./kept-credentials.ts";

/** Fifty apps have a secret for each of their credentials; what the next ones enter is sealed by a key that is made then. */
const HOOK = "https://hooks.receiver.example/ann";
const TAG = "clarion:credentials";
const texts: CanaryTexts = {};
let world: World;
let early: TestApp;
let late: TestApp;

before(async () => {
  world = await startWorld();
  early = await makeApp(world, "early");
  await putApns(early, "EARLY00001");
  await person(early, "ann", { iphone: iphone("early") });
  for (let n = 2; n <= 50; n++) {
    await world.admin.ok("POST", "/v1/apps", { id: `other-${n}` });
    await world.admin.ok("PUT", `/v1/apps/other-${n}/providers/jwt`, {
      secret: `secret-${n}-`.padEnd(48, "j"),
    });
  }
});
after(() => world.close());

const putApns = (of: TestApp, keyId: string) =>
  world.admin.ok("PUT", providerPath(of, "apns"), apnsCredentials(world, of, keyId, texts));

async function keyArns(): Promise<string[]> {
  const { Keys } = (await asAdmin(world, "kms", "ListKeys", {})) as { Keys: { KeyArn: string }[] };
  return Keys.map(({ KeyArn }) => KeyArn);
}
const sealedItems = async () =>
  (await rowsOf(world, "Catalog")).filter(({ sealedKey }) => sealedKey !== undefined);

test("the first fifty apps have secrets; there is no key and no item", async () => {
  const names = await secretNames(world, "ClarionService");
  const own = [
    "inApp/early-1/jwt",
    "mobilePush/early-1/apns",
    "mobilePush/early-1/fcm",
    "webPush/early-1/webpush",
  ];
  const others = Array.from({ length: 49 }, (_, n) => `inApp/other-${n + 2}/jwt`);
  assert.deepEqual(names, [...own, ...others].map((name) => `ClarionService/${name}`).sort());
  assert.deepEqual([await keyArns(), await sealedItems()], [[], []]);
});

test("the fifty-first app's credentials are sealed items, and every channel sends with them", async () => {
  late = await makeApp(world, "late");
  const secret = await configureAddresses(world.admin, late.id);
  world.fakes.webhook.secrets.set(HOOK, secret);
  texts["webhook key"] = secret.slice("whsec_".length);
  texts["secret of the client tokens"] = `${late.id}-`.padEnd(48, "s");
  assert.deepEqual((await putApns(late, "LATE000001"))["warnings"], []);
  const every = ["apns", "fcm", "jwt", "ses", "sns", "webhook", "webpush"];
  assert.deepEqual(await sealedNames(world, late), every);
  assert.deepEqual(
    (await secretNames(world, "ClarionService")).filter((name) => name.includes(late.id)),
    [],
  );

  await person(late, "ann", {
    iphone: iphone("late"),
    pixel: pixel("late"),
    firefox: browserOf(world, late),
  });
  const addresses = { email: "ann@mail.example", phone: "+4915112345678" };
  await late.api.ok("PUT", "/v1/users/ann", { ...addresses, webhook: { format: "standard", url: HOOK } });
  const socket = await late.connect("ann");
  const channels = ["inApp", "mobilePush", "webPush", "email", "sms", "webhook"];
  const sent = await notify(late, "by-items", { to: { users: ["ann"] }, channels });
  await until("the frame arrives", () => socket.notifications().length === 1);
  const { totals, counts } = await ended(late, sent["id"]);
  assert.equal(totals["accepted"], 7, JSON.stringify(counts));
  assert.equal(keyIdAt(world, "by-items"), "LATE000001");
  await apiClient(world.runtime.apiUrl, late.token("ann")).ok("POST", "/v1/client/tickets", {});
  await late.api.ok("POST", "/v1/apns/channels", { storage: "none" });
});

test("one key was made: it has the deployment's tag, rotates, and sealed every item", async () => {
  const [arn = "", ...others] = await keyArns();
  assert.deepEqual(others, []);
  const { KeyRotationEnabled } = (await asAdmin(world, "kms", "GetKeyRotationStatus", { KeyId: arn })) as {
    KeyRotationEnabled: boolean;
  };
  assert.equal(KeyRotationEnabled, true);
  const items = await sealedItems();
  assert.equal(items.length, 7);
  assert.deepEqual(new Set(items.map(({ keyArn }) => textOf(keyArn, "S"))), new Set([arn]));
});

test("each of KMS's rights was the only one that allowed a call", () => {
  const { deployment, door } = world.runtime;
  const ids = deployment.roles.flatMap(({ statements }) =>
    statements.filter(({ actions }) => actions.some((one) => one.startsWith("kms:"))).map(({ id }) => id),
  );
  assert.equal(
    ids.length,
    11,
    "manage makes, tags and seals; five dispatchers, authorizer, client, channels open",
  );
  const marks = door.coverage().filter(({ statementId }) => ids.includes(statementId));
  assert.deepEqual(
    marks.filter(({ neededAlone, unusedActions }) => !neededAlone || unusedActions.length > 0),
    [],
  );
});

test("an earlier app's secret goes on working, and is an item once it is entered again", async () => {
  assert.equal(await push(early, "by-the-secret"), "accepted");
  assert.equal(keyIdAt(world, "by-the-secret"), "EARLY00001");
  await putApns(early, "EARLY00002");
  assert.deepEqual(await sealedNames(world, early), ["apns"]);
  const left = (await secretNames(world, "ClarionService")).filter((name) => name.includes(early.id));
  assert.equal(left.length, 3, left.join());
  await world.advance(61_000);
  assert.equal(await push(early, "by-the-item"), "accepted");
  assert.equal(keyIdAt(world, "by-the-item"), "EARLY00002");
  assert.equal((await keyArns()).length, 1);
});

const DENIED = { code: "AccessDeniedException" };

test("another channel's dispatcher cannot open an item, nor can whoever writes them", async () => {
  world.expectTrouble(/was denied kms:/);
  const row = await sealedRow(world, late.id, "apns");
  const { Plaintext } = (await decrypt(world, "DispatchMobilePush", row, "mobilePush")) as {
    Plaintext: Buffer;
  };
  assert.equal(Plaintext.length, 32);
  const others = ["DispatchWebPush", "DispatchEmail", "DispatchSms", "DispatchWebhook", "DispatchInApp"];
  for (const fn of [...others, "Authorizer", "Client", "Manage", "Send", "Plan"])
    await assert.rejects(decrypt(world, fn, row, "mobilePush"), DENIED, fn);
  await assert.rejects(decrypt(world, "DispatchEmail", row, "email"), { code: "InvalidCiphertextException" });
});

test("whoever writes credentials makes no other keys, uses no other, and takes none over", async () => {
  const asManage = (operation: string, input: object) =>
    world.runtime.door.call(roleOf(world, "Manage"), "kms", operation, input);
  const Tags = [{ TagKey: TAG, TagValue: "OtherService" }];
  for (const wrong of [{}, { Tags }, { Tags: [{ TagKey: "team", TagValue: "ClarionService" }] }])
    await assert.rejects(asManage("CreateKey", wrong), DENIED);
  const made = async (input: object) =>
    ((await asAdmin(world, "kms", "CreateKey", input)) as { KeyMetadata: { Arn: string } }).KeyMetadata.Arn;
  const [nobodys, theirs] = [await made({}), await made({ Tags })];
  for (const KeyId of [nobodys, theirs]) {
    await assert.rejects(asManage("GenerateDataKey", { KeyId, KeySpec: "AES_256" }), DENIED);
    await assert.rejects(asManage("EnableKeyRotation", { KeyId }), DENIED);
  }
  const own = [{ TagKey: TAG, TagValue: "ClarionService" }];
  await assert.rejects(asManage("TagResource", { KeyId: theirs, Tags: own }), DENIED);
});

test("nothing of it is readable: not in a table, a log line or an environment", async () => {
  const tables = await Promise.all(
    world.runtime.deployment.tables.map(({ logicalId }) => rowsOf(world, logicalId)),
  );
  const rows = tables.flat();
  assert.ok(
    rows.filter(({ sealedKey }) => sealedKey !== undefined).length >= 8,
    "sealed rows were looked at",
  );
  const environments = world.runtime.deployment.functions.map(({ environment }) => environment);
  assert.ok(Object.keys(texts).length >= 5, Object.keys(texts).join());
  const find = searcher(texts);
  for (const value of [...rows, ...environments])
    assert.deepEqual(find(JSON.stringify(withTexts(value))), []);
  for (const line of [...world.logs, ...world.troubles]) assert.deepEqual(find(line), []);
  assert.deepEqual(find(`-${texts["webhook key"]}-`), ["webhook key"], "the search is awake");
});
