import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sha256Hex } from "../../../functions/core/hash.ts";
import type { Device, Token } from "../../../functions/core/recipient/device.ts";
import { APPLE_TOKEN_TYPES, DEVICE_TOKEN_KINDS } from "../../../functions/core/token-kinds.ts";
import { packDevices, unpackDevices } from "../../../functions/storage/devices.ts";

const atMs = fc.integer({ min: 0, max: 4_000_000_000_000 });
const text = fc.string({ minLength: 1, maxLength: 20 });

const token: fc.Arbitrary<Token> = fc
  .record(
    {
      kind: fc.constantFrom<Token["kind"]>(...DEVICE_TOKEN_KINDS),
      token: text,
      registeredAtMs: atMs,
      environment: fc.constantFrom<"production" | "sandbox">("production", "sandbox"),
      bundleId: text,
      activity: text,
      pushType: fc.constantFrom(...APPLE_TOKEN_TYPES),
      keys: fc.record({ p256dh: text, auth: text }, { noNullPrototype: true }),
      goneAtMs: atMs,
      goneReason: text,
    },
    { requiredKeys: ["kind", "token", "registeredAtMs"], noNullPrototype: true },
  )
  .map((drawn) => ({ ...drawn, hash: sha256Hex(drawn.token) }));

const device: fc.Arbitrary<Device> = fc.record(
  {
    id: text,
    platform: fc.constantFrom<Device["platform"]>("ios", "android", "harmony", "web", "desktop"),
    status: fc.constantFrom<Device["status"]>("active", "inactive", "unregistered"),
    registeredAtMs: atMs,
    lastSeenAtMs: atMs,
    tokens: fc.array(token, { maxLength: 5 }),
    invalidatedAtMs: atMs,
    reason: text,
    brand: text,
    model: text,
    os: text,
    appVersion: text,
    locale: text,
    zone: text,
  },
  {
    requiredKeys: ["id", "platform", "status", "registeredAtMs", "lastSeenAtMs", "tokens"],
    noNullPrototype: true,
  },
);

test("devices come back as they were put away", () => {
  fc.assert(
    fc.property(fc.array(device, { maxLength: 20 }), (devices) => {
      assert.deepEqual(unpackDevices(packDevices(devices)), devices);
    }),
  );
});

test("of a token that is gone the hash stays, and nothing else", () => {
  const gone: Token = {
    kind: "apns",
    token: "",
    hash: "h",
    registeredAtMs: 1,
    goneAtMs: 2,
    goneReason: "410",
  };
  const held: Device = {
    id: "d",
    platform: "ios",
    status: "unregistered",
    registeredAtMs: 1,
    lastSeenAtMs: 1,
    tokens: [gone],
  };
  assert.deepEqual(unpackDevices(packDevices([held])), [held]);
});

test("a kind of a newer version is an error that names it", () => {
  assert.throws(
    () => unpackDevices('[{"i":"d","p":"ios","r":1,"l":1,"t":[["?","x",1]]}]'),
    /unknown kind "\?"/,
  );
});
