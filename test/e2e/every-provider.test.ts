import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { type DeviceTokenKind, VENDOR_KINDS } from "../../functions/core/token-kinds.ts";
import type { ProviderName } from "../../functions/core/words.ts";
import { configureAddresses } from "../../local/demo/addresses.ts";
import { configureVendors, VENDOR_TOKENS } from "../../local/demo/vendors.ts";
import { VENDOR_FAKES } from "../../local/fakes/faults.ts";
import { CONTENT, DOCUMENTED, type Field, fieldAt, HARMONY, NOTIFICATION } from "./documented-fields.ts";
import {
  browserOf,
  ended,
  fcmToken,
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

/** One person with a handset of every maker, a browser, an open socket and every address: each gets it once. */
const HOOK = "https://hooks.receiver.example/ann";
let world: World;
let app: TestApp;

const TOKENS = Object.fromEntries(VENDOR_KINDS.map((kind) => [kind, VENDOR_TOKENS[kind](1)])) as Record<
  (typeof VENDOR_KINDS)[number],
  string
>;

/** A Firebase installation id, which FCM takes in place of a registration token. */
const FID = "cXyZ0123456789abcdefAB";
const handset = (kind: DeviceTokenKind, token: string) => ({
  platform: kind === "hmsNext" ? "harmony" : "android",
  tokens: [{ kind, token }],
});

before(async () => {
  world = await startWorld();
  app = await makeApp(world, "every");
  await configureVendors(world, world.admin, app.id);
  world.fakes.webhook.secrets.set(HOOK, await configureAddresses(world.admin, app.id));
  await person(app, "ann", {
    iphone: iphone("ann"),
    pixel: pixel("ann"),
    tablet: { platform: "android", tokens: [{ kind: "fcmFid", token: FID }] },
    firefox: browserOf(world, app),
    ...Object.fromEntries(VENDOR_KINDS.map((kind) => [kind, handset(kind, TOKENS[kind])])),
  });
  const webhook = { format: "standard", url: HOOK };
  await app.api.ok("PUT", "/v1/users/ann", { email: "ann@mail.example", phone: "+4915112345678", webhook });
});
after(() => world.close());

test("one notification, a device of every kind: each provider has it exactly once", async () => {
  const socket = await app.connect("ann");
  const sent = await notify(app, "到了", {
    to: { users: ["ann"] },
    channels: ["inApp", "mobilePush", "webPush", "email", "sms", "webhook"],
    content: { title: "到了", body: "Your parcel is here", data: { order: "1701" } },
  });
  await until("the frame arrives", () => socket.notifications().length === 1);
  const { totals, counts } = await ended(app, sent["id"]);
  assert.equal(totals["accepted"], 8 + VENDOR_KINDS.length, JSON.stringify(counts));
  const { door } = world.runtime;
  for (const received of [door.ses.mails, door.sns.messages, world.fakes.webhook.received]) {
    assert.equal(received.length, 1);
    const text = JSON.stringify(received[0]?.payload);
    assert.ok(text.includes("到了") && text.includes("Your parcel is here"), text);
  }
  for (const name of ["apns", "webpush"] as const) assert.equal(world.fakes[name].received.length, 1);
  const atFcm = world.fakes.fcm.received.map(({ token }) => token);
  assert.deepEqual(atFcm.sort(), [fcmToken("ann"), FID].sort());
  for (const name of VENDOR_FAKES) {
    const { received } = world.fakes[name];
    const wanted = name === "hms" ? ["hms", "hmsNext"] : [name];
    assert.deepEqual(
      received.map(({ token }) => token).sort(),
      wanted.map((kind) => TOKENS[kind as keyof typeof TOKENS]).sort(),
      name,
    );
    const payload = JSON.stringify(received[0]?.payload);
    assert.ok(payload.includes("到了") && payload.includes("Your parcel is here"), `${name}: ${payload}`);
    assert.ok(payload.includes("1701"), `${name} carries the data: ${payload}`);
  }
});

/** What each provider's other end received of one notification, by the token's kind. */
function arrived(name: Exclude<ProviderName, "websocket">): { payload: unknown; headers: object }[] {
  const { door } = world.runtime;
  const log =
    name === "ses" ? door.ses.mails : name === "sns" ? door.sns.messages : world.fakes[name].received;
  return log.filter(({ payload, headers }) => JSON.stringify([payload, headers]).includes(CONTENT.title));
}

test("each provider gets the fields that its page promises", async () => {
  await notify(app, "", {
    id: NOTIFICATION,
    to: { users: ["ann"] },
    channels: ["mobilePush", "webPush", "email", "sms", "webhook"],
    priority: "high",
    ttl: 7_200,
    content: CONTENT,
  });
  await ended(app, NOTIFICATION);
  for (const [provider, fields] of Object.entries(DOCUMENTED)) {
    const name = provider as keyof typeof DOCUMENTED;
    const page = readFileSync(new URL(`../../docs/channels/${name}.md`, import.meta.url), "utf8");
    const got = arrived(name);
    // Two handsets: Huawei's two interfaces; FCM by registration token and by installation id.
    assert.equal(got.length, name === "hms" || name === "fcm" ? 2 : 1, name);
    const harmony = got.find(({ payload }) => fieldAt(payload, "pushOptions") !== undefined);
    const own = got.find((one) => one !== harmony);
    assertFields(name, page, own, fields);
    if (name === "hms") assertFields("hmsNext", page, harmony, HARMONY);
  }
});

function assertFields(what: string, page: string, got: unknown, fields: readonly Field[]): void {
  const { payload, headers } = got as { payload: object; headers: object };
  for (const [path, wanted] of fields) {
    const found = fieldAt({ ...payload, headers }, path);
    const told = `${what}: ${path} is ${JSON.stringify(found)} in ${JSON.stringify(payload)}`;
    if (wanted === undefined) assert.ok(found !== undefined && found !== "", told);
    else assert.deepEqual(found, wanted, told);
    const field = path.split(".").at(-1)!;
    if (field in CONTENT.data) continue;
    assert.ok(page.toLowerCase().includes(field.toLowerCase()), `the page of ${what} does not name ${field}`);
  }
}

test("an explanation names each of them", async () => {
  const sent = await notify(app, "explained", { to: { users: ["ann"] }, channels: ["mobilePush"] });
  await ended(app, sent["id"]);
  const { evidence } = await app.api.ok("GET", `/v1/notifications/${sent["id"]}/recipients/ann`);
  const providers = new Set((evidence as { provider?: string }[]).map(({ provider }) => provider));
  for (const name of ["apns", "fcm", ...VENDOR_FAKES]) assert.ok(providers.has(name), name);
});

test("a broadcast goes out in full requests: one for all handsets of a maker", async () => {
  const people = Array.from({ length: 40 }, (_, n) => `m${n}`);
  for (const user of people)
    await person(app, user, { mi: handset("mi", `mi+regid/${user}`.padEnd(64, "x")) });
  const before = world.fakes.mi.requests();
  const sent = await notify(app, "sale", { to: { everyone: true }, channels: ["mobilePush"] });
  const { totals } = await ended(app, sent["id"]);
  assert.equal(totals["accepted"], 3 + VENDOR_KINDS.length + people.length);
  assert.equal(world.fakes.mi.requests() - before, 1);
});

test("a handset with several tokens rings once, by its maker's road; the app may choose another", async () => {
  const tokens = [
    { kind: "jpush", token: "1a0018970a000002" },
    { kind: "fcmToken", token: `two-${"x".repeat(100)}` },
    { kind: "mi", token: "mi+regid/two".padEnd(64, "x") },
  ];
  await person(app, "two", { phone: { platform: "android", brand: "Redmi", tokens } });
  const by = async (title: string) => {
    const sent = await notify(app, title, { to: { users: ["two"] }, channels: ["mobilePush"] });
    const { counts } = await ended(app, sent["id"]);
    return (counts as unknown as { provider: string }[]).map(({ provider }) => provider);
  };
  assert.deepEqual(await by("usual"), ["mi"]);
  await app.api.ok("PATCH", `/v1/apps/${app.id}`, { defaults: { roads: ["jpush"] } });
  await world.advance(10_000);
  assert.deepEqual(await by("own order"), ["jpush"]);
});

test("a token that its vendor calls invalid is judged, and goes when the others are well", async () => {
  world.fakes.faults.set({ provider: "honor", token: TOKENS.honor, reason: "80300007" });
  const sent = await notify(app, "gone", { to: { users: ["ann"] }, channels: ["mobilePush"] });
  await ended(app, sent["id"]);
  world.fakes.faults.clear();
  await world.advance(11 * 60_000);
  const { devices } = await app.api.ok("GET", "/v1/users/ann");
  const honor = (devices as { id: string; status: string }[]).find(({ id }) => id === "honor");
  assert.equal(honor?.status, "unregistered");
});
