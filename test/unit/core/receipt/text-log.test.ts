import assert from "node:assert/strict";
import { test } from "node:test";
import { textLogMessage } from "../../../../functions/core/receipt/text-log.ts";

const ID = "34d9b400-c6dd-5444-820d-fbeb0f1f54cf";
const line = (status: string, providerResponse: string, more: object = {}) => ({
  notification: { messageId: ID, timestamp: "2016-06-28 00:40:34.558" },
  delivery: {
    phoneCarrier: "My Phone Carrier",
    mnc: 270,
    destination: "+12065550100",
    priceInUSD: 0.00645,
    smsType: "Transactional",
    mcc: 310,
    providerResponse,
    dwellTimeMs: 599,
    dwellTimeMsUntilDeviceAck: 1344,
    ...more,
  },
  status,
});
const word = (...args: Parameters<typeof line>) => textLogMessage(line(...args))?.word;

test("SNS's sentences about success: only one of them is about the phone", () => {
  assert.deepEqual(textLogMessage(line("SUCCESS", "Message has been accepted by phone")), {
    v: 2,
    kind: "text",
    message: ID,
    word: { says: "delivered" },
  });
  assert.deepEqual(word("SUCCESS", "Message has been accepted by phone carrier"), { says: "handedOn" });
});

test("SNS's sentences about failure", () => {
  const dead = { says: "dead", number: "+12065550100" };
  assert.deepEqual(word("FAILURE", "Invalid phone number"), { ...dead, reason: "invalid_number" });
  assert.deepEqual(word("FAILURE", "Phone number is opted out"), { ...dead, reason: "opted_out" });
  assert.deepEqual(word("FAILURE", "Invalid phone number", { destination: "+1XXX5550100" }), {
    says: "failed",
  });
  for (const response of [
    "Blocked as spam by phone carrier",
    "Destination is on a blocked list",
    "Phone has blocked SMS",
    "Phone is on a blocked list",
    "Phone carrier has blocked this message",
    "This delivery would exceed max price",
  ])
    assert.deepEqual(word("FAILURE", response), { says: "suppressed" }, response);
  for (const response of [
    "Phone is currently unreachable/unavailable",
    "Phone carrier is currently unreachable/unavailable",
    "Message body is invalid",
    "Unknown error attempting to reach phone",
  ])
    assert.deepEqual(word("FAILURE", response), { says: "failed" }, response);
});

test("a line in another form is none", () => {
  for (const strange of [
    undefined,
    null,
    "text",
    {},
    line("MAYBE", "Invalid phone number"),
    line("FAILURE", "x".repeat(1_025)),
    line("FAILURE", "Invalid phone number", { destination: 7 }),
    { ...line("SUCCESS", "x"), notification: { messageId: "a#b" } },
  ])
    assert.equal(textLogMessage(strange), undefined, JSON.stringify(strange));
});
