import assert from "node:assert/strict";
import { test } from "node:test";
import type { SNSClient } from "@aws-sdk/client-sns";
import { snsTransport } from "../../../../functions/providers/sns/transport.ts";

const sms = {
  to: "+4915112345678",
  text: "Hello",
  kind: "transactional",
  of: { app: "shop", notification: "n", user: "ann" },
} as const;

/** Publishes by a client that fails so. */
function failing(error: object) {
  const send = () => Promise.reject(Object.assign(new Error("as told"), error));
  return snsTransport({ send } as unknown as Pick<SNSClient, "send">, Date.now).publish(
    sms,
    Date.now() + 1_000,
  );
}

test("failures before the first byte leave nothing in doubt", async () => {
  for (const code of ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "CERT_HAS_EXPIRED"])
    assert.deepEqual(await failing({ code }), { kind: "unsent", reason: `connect_${code}` });
  const message =
    "@smithy/node-http-handler - the request socket did not establish a connection with the server within the configured timeout of 5 ms.";
  assert.deepEqual(await failing({ name: "TimeoutError", message }), {
    kind: "unsent",
    reason: "connect_timeout",
  });
});

test("failures behind it do", async () => {
  assert.deepEqual(await failing({ code: "ECONNRESET" }), { kind: "lost", reason: "lost_ECONNRESET" });
  assert.deepEqual(await failing({ code: "EPIPE" }), { kind: "lost", reason: "lost_EPIPE" });
  assert.deepEqual(await failing({ name: "TimeoutError" }), { kind: "lost", reason: "timeout" });
  assert.deepEqual(await failing({ name: "AbortError" }), { kind: "lost", reason: "deadline_exceeded" });
});

test("a bug is thrown, not sent again and again", async () => {
  await assert.rejects(failing({ name: "TypeError" }), { name: "TypeError" });
});

test("what fails after the deadline is nobody's error", async () => {
  const client = {
    send: () => new Promise((_, reject) => setTimeout(() => reject(new TypeError("late")), 60)),
  } as unknown as Pick<SNSClient, "send">;
  const reply = await snsTransport(client, Date.now).publish(sms, Date.now() + 20);
  assert.deepEqual(reply, { kind: "lost", reason: "deadline_exceeded" });
  await new Promise((resolve) => setTimeout(resolve, 80));
});
