import assert from "node:assert/strict";
import { test } from "node:test";
import { isTextEvent, textFact } from "../../../../functions/core/receipt/text-event.ts";

const NUMBER = "+14255550156";
const context = { app: "shop", notification: "order:1", user: "ann@x" };
const event = (eventType: string, more: object = {}) => ({
  eventType,
  eventVersion: "1.0",
  eventTimestamp: 1686975103470,
  isFinal: true,
  originationPhoneNumber: "+12065550152",
  destinationPhoneNumber: NUMBER,
  messageId: "862a8790-60c0-4430-9b2b-658bdexample",
  messageStatus: eventType.replace("TEXT_", ""),
  messageStatusDescription: "as told",
  context,
  ...more,
});
const word = (eventType: string, more: object = {}) => {
  const fact = textFact(event(eventType, more));
  assert.equal(fact.kind, "word", JSON.stringify(fact));
  return fact.kind === "word" ? fact.word : undefined;
};

test("only what the phone has is delivered", () => {
  assert.deepEqual(textFact(event("TEXT_DELIVERED")), {
    kind: "word",
    of: context,
    word: { says: "delivered" },
  });
  assert.deepEqual(word("TEXT_SUCCESSFUL"), { says: "handedOn" });
  // AWS's own example of the event in EventBridge has no destination.
  assert.deepEqual(word("TEXT_DELIVERED", { destinationPhoneNumber: undefined }), { says: "delivered" });
});

test("a number that is wrong or opted out is dead, once that is final", () => {
  assert.deepEqual(word("TEXT_INVALID"), { says: "dead", number: NUMBER, reason: "invalid_number" });
  for (const more of [
    { messageStatus: "OPTED_OUT" },
    { messageStatusDescription: "Phone number is opted out" },
  ])
    assert.deepEqual(word("TEXT_BLOCKED", more), { says: "dead", number: NUMBER, reason: "opted_out" });
  assert.deepEqual(word("TEXT_INVALID", { isFinal: false }), { says: "failed" });
  assert.deepEqual(word("TEXT_DELIVERED", { messageStatusDescription: "opted out" }), { says: "delivered" });
  assert.deepEqual(textFact(event("TEXT_INVALID", { destinationPhoneNumber: undefined })), {
    kind: "unreadable",
    why: "/destinationPhoneNumber: must be there where a number is dead",
  });
});

test("what was held back, and what failed, is counted and no more", () => {
  for (const type of ["TEXT_BLOCKED", "TEXT_CARRIER_BLOCKED", "TEXT_PROTECT_BLOCKED", "TEXT_SPAM"])
    assert.deepEqual(word(type), { says: "suppressed" }, type);
  for (const type of [
    "TEXT_UNREACHABLE",
    "TEXT_CARRIER_UNREACHABLE",
    "TEXT_UNKNOWN",
    "TEXT_TTL_EXPIRED",
    "TEXT_INVALID_MESSAGE",
  ])
    assert.deepEqual(word(type), { says: "failed" }, type);
});

test("events of others, of calls, and of messages under way say nothing", () => {
  for (const strange of [
    event("TEXT_QUEUED"),
    event("TEXT_PENDING"),
    event("VOICE_COMPLETED"),
    event("constructor"),
    event("TEXT_DELIVERED", { context: undefined }),
    event("TEXT_DELIVERED", { context: { account: "bar" } }),
    event("TEXT_DELIVERED", { context: { ...context, app: "SHOP" } }),
    event("TEXT_DELIVERED", { context: { ...context, user: "a b" } }),
    event("TEXT_DELIVERED", { context: "shop" }),
    null,
    7,
  ])
    assert.deepEqual(textFact(strange), { kind: "nothing" }, JSON.stringify(strange));
});

test("ours in another form is told by the member that is wrong", () => {
  for (const [more, why] of [
    [{ destinationPhoneNumber: "0151" }, /^\/destinationPhoneNumber: must be a number in E\.164$/],
    [{ isFinal: "yes" }, /^\/isFinal: /],
    [{ eventType: 7 }, /^\/eventType: /],
    [{ messageStatus: "x".repeat(65) }, /^\/messageStatus: .*64/],
  ] as const) {
    const fact = textFact(event("TEXT_INVALID", more));
    assert.match(fact.kind === "unreadable" ? fact.why : fact.kind, why);
  }
});

test("an event of End User Messaging is known by its version", () => {
  assert.equal(isTextEvent(event("TEXT_DELIVERED")), true);
  for (const other of [{ eventType: "Open", mail: {} }, { kind: "fired" }, null, "x", 7])
    assert.equal(isTextEvent(other), false);
});
