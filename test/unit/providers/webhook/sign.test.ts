import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import {
  dingtalkQuery,
  feishuSignature,
  standardHeaders,
} from "../../../../functions/providers/webhook/sign.ts";

/** The example that all reference libraries of Standard Webhooks are tested with. */
const EXAMPLE = {
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  atMs: 1_614_265_330_000,
  body: '{"test": 2432232314}',
  signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};

test("Standard Webhooks' example", () => {
  const { secret, signature, ...request } = EXAMPLE;
  assert.deepEqual(standardHeaders({ secret }, request), {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": signature,
  });
});

test("while a key is replaced both sign, the new one first", () => {
  const { secret: previous, signature, ...request } = EXAMPLE;
  const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
  const signatures = standardHeaders({ secret, previous }, request)["webhook-signature"]?.split(" ");
  const own = createHmac("sha256", Buffer.alloc(24, 7))
    .update(`${EXAMPLE.id}.1614265330.${EXAMPLE.body}`)
    .digest("base64");
  assert.deepEqual(signatures, [`v1,${own}`, signature]);
});

test("Feishu: the hash of nothing, keyed with time and secret; seconds", () => {
  assert.deepEqual(feishuSignature("demo", 1_599_360_473_999), {
    timestamp: "1599360473",
    sign: "l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=",
  });
});

test("DingTalk: the hash of time and secret, keyed with the secret; milliseconds, escaped for a query", () => {
  const secret = "SECa0ab7f3ba9742c0";
  const query = dingtalkQuery(secret, 1_577_262_236_757);
  const expected = createHmac("sha256", secret).update(`1577262236757\n${secret}`).digest("base64");
  assert.equal(query, `timestamp=1577262236757&sign=${encodeURIComponent(expected)}`);
});
