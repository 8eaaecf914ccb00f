import assert from "node:assert/strict";
import { constants, generateKeyPairSync, verify } from "node:crypto";
import { test } from "node:test";
import type { Message } from "../../../../functions/core/dispatch/provider.ts";
import { signedJwt, signingInput } from "../../../../functions/providers/hms/access.ts";
import { hmsNextPayload, hmsPayload } from "../../../../functions/providers/hms/payload.ts";

const message = (over: Partial<Message> = {}): Message => ({
  app: "shop",
  notificationId: "n-1",
  content: { title: "标题", body: "你好", data: { order: "7" } },
  category: "transactional",
  priority: "high",
  createdAtMs: 1_700_000_000_000,
  expiresAtMs: 1_700_000_600_000,
  ttlS: 600,
  ...over,
});

test("the service account's JWT is put together as Huawei's own (vector), and its signature holds", () => {
  const expected =
    "eyJhbGciOiJQUzI1NiIsImtpZCI6ImtpZC0xIiwidHlwIjoiSldUIn0.eyJpc3MiOiJzdWItYWNjb3VudC0xIiwiYXVkIjoiaHR0cHM6Ly9vYXV0aC1sb2dpbi5jbG91ZC5odWF3ZWkuY29tL29hdXRoMi92My90b2tlbiIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwfQ";
  assert.equal(signingInput({ key_id: "kid-1", sub_account: "sub-account-1" }, 1_700_000_000), expected);
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwt = signedJwt(
    {
      project_id: "p",
      key_id: "kid-1",
      sub_account: "sub-account-1",
      private_key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    },
    1_700_000_000,
  );
  const [input, signature] = [jwt.slice(0, jwt.lastIndexOf(".")), jwt.slice(jwt.lastIndexOf(".") + 1)];
  assert.equal(input, expected);
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  const options = { key: publicKey, padding, saltLength: 32 };
  assert.ok(verify("sha256", Buffer.from(input), options, Buffer.from(signature, "base64url")));
});

test("v1: what is shown has a class and leads somewhere; ttl is a text of seconds", () => {
  const { android, data } = hmsPayload(message(), {}) as Record<string, Record<string, unknown>>;
  const { notification, ...rest } = android!;
  assert.deepEqual(rest, {
    collapse_key: -1,
    urgency: "NORMAL",
    ttl: "600s",
    bi_tag: "n-1",
    category: "EXPRESS",
  });
  const shown = notification as Record<string, unknown>;
  assert.deepEqual(shown["click_action"], { type: 3 });
  assert.equal(shown["importance"], "NORMAL");
  assert.deepEqual(JSON.parse(String(data)), {
    order: "7",
    notificationId: "n-1",
    timestamp: "1700000000000",
  });
});

test("v1: silent messages are data alone; links open; ttl stays within fifteen days", () => {
  const silent = hmsPayload(message({ content: { silent: true, data: { a: "b" } } }), {});
  assert.ok(!("notification" in (silent["android"] as object)));
  const link = hmsPayload(message({ content: { title: "t", url: "https://x.example/" }, ttlS: 9e6 }), {});
  const { notification, ttl } = link["android"] as Record<string, Record<string, unknown>>;
  assert.deepEqual(notification!["click_action"], { type: 2, url: "https://x.example/" });
  assert.equal(ttl, "1296000s");
});

test("the operator's classification and extra fields win, for one category and for all", () => {
  const settings = {
    categories: {
      transactional: { category: "FINANCE", notification: { channel_id: "c1", importance: "LOW" } },
    },
    extra: { android: { target_user_type: 1 } },
  };
  const { android } = hmsPayload(message(), settings) as Record<string, Record<string, unknown>>;
  assert.equal(android!["category"], "FINANCE");
  assert.equal(android!["target_user_type"], 1);
  const shown = android!["notification"] as Record<string, unknown>;
  assert.deepEqual([shown["channel_id"], shown["importance"], shown["title"]], ["c1", "LOW", "标题"]);
  const other = hmsPayload(message({ category: "social" }), settings)["android"] as Record<string, unknown>;
  assert.equal(other["category"], "IM");
});

test("v3: camel case, numbers, a category that must be there, and an id that is taken once", () => {
  const { payload, pushOptions } = hmsNextPayload(message({ category: "marketing" }), {}) as Record<
    string,
    Record<string, unknown>
  >;
  const { notification } = payload as Record<string, Record<string, unknown>>;
  assert.deepEqual(
    [notification!["category"], notification!["appMessageId"], pushOptions!["ttl"]],
    ["MARKETING", "n-1", 600],
  );
  assert.equal((notification!["clickAction"] as Record<string, unknown>)["actionType"], 0);
});

test("v3: a short id is Huawei's key against repetitions as it is, a long one by its hash", () => {
  const keyOf = (notificationId: string): unknown => {
    const { payload } = hmsNextPayload(message({ notificationId }), {});
    return (payload as { notification: Record<string, unknown> }).notification["appMessageId"];
  };
  const longest = "n".repeat(64);
  assert.equal(keyOf(longest), longest);
  const [one, other] = [`${longest}1`, `${longest}2`].map(keyOf);
  assert.notEqual(one, other);
  assert.match(String(one), /^[0-9a-f]{64}$/);
  assert.equal(keyOf(`${longest}1`), one);
});
