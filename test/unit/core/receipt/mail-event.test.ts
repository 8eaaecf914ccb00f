import assert from "node:assert/strict";
import { test } from "node:test";
import { isMailEvent, mailFacts } from "../../../../functions/core/receipt/mail-event.ts";

const b64 = (text: string): string => Buffer.from(text).toString("base64url");
const event = (eventType: string, more: object = {}, tags: object = {}) => ({
  eventType,
  mail: { tags: { app: ["shop"], notification: [b64("order:1")], user: [b64("ann@x")], ...tags } },
  ...more,
});
const bounce = (bounceType: string) => ({
  bounce: { bounceType, bouncedRecipients: [{ emailAddress: "ann@mail.example", status: "5.1.1" }] },
});
const whose = { app: "shop", user: "ann@x" };

test("a bounce for good and a complaint are of the address; a passing one says nothing", () => {
  const dead = { ...whose, kind: "dead", address: "ann@mail.example" };
  assert.deepEqual(mailFacts(event("Bounce", bounce("Permanent"))), [{ ...dead, reason: "bounced" }]);
  assert.deepEqual(mailFacts(event("Bounce", bounce("Transient"))), []);
  assert.deepEqual(mailFacts(event("Bounce", bounce("Undetermined"))), []);
  const complaint = { complaint: { complainedRecipients: [{ emailAddress: "ann@mail.example" }] } };
  assert.deepEqual(mailFacts(event("Complaint", complaint)), [{ ...dead, reason: "complained" }]);
});

test("a complaint that takes the mail out of spam is none", () => {
  const complaint = (complaintFeedbackType?: unknown) =>
    event("Complaint", {
      complaint: { complainedRecipients: [{ emailAddress: "ann@mail.example" }], complaintFeedbackType },
    });
  for (const taken of ["not-spam", "Not-Spam"]) assert.deepEqual(mailFacts(complaint(taken)), [], taken);
  for (const meant of ["abuse", "fraud", "auth-failure", "virus", "other", undefined, null, 7])
    assert.equal(mailFacts(complaint(meant)).length, 1, String(meant));
});

test("who a bounce or complaint is of, the mail's own destination says, where it is one", () => {
  const to = (eventType: string, destination: unknown, more: object) => {
    const base = event(eventType, more);
    return mailFacts({ ...base, mail: { ...base.mail, destination } }).map((fact) =>
      fact.kind === "dead" ? fact.address : fact.kind,
    );
  };
  const forwarded = bounce("Permanent");
  assert.deepEqual(to("Bounce", ["Ann@Shop.example"], forwarded), ["Ann@shop.example"]);
  const both = ["ann@mail.example", "ANN@MAIL.EXAMPLE"].map((emailAddress) => ({ emailAddress }));
  const complaint = { complaint: { complainedRecipients: both } };
  assert.deepEqual(to("Complaint", ["ann@shop.example"], complaint), ["ann@shop.example"]);
  assert.deepEqual(to("Complaint", ["ann@shop.example"], { complaint: { complainedRecipients: [] } }), []);
  const unread = [
    undefined,
    null,
    "ann@shop.example",
    [],
    [7],
    ["no address"],
    [`${"a".repeat(400)}@b.example`],
  ];
  for (const destination of [...unread, ["ann@shop.example", "bob@shop.example"]])
    assert.deepEqual(to("Bounce", destination, forwarded), ["ann@mail.example"], JSON.stringify(destination));
});

test("opened and clicked are receipts; sent and taken by a server are none", () => {
  const receipt = { ...whose, kind: "receipt", notification: "order:1" };
  assert.deepEqual(mailFacts(event("Open")), [{ ...receipt, event: "displayed" }]);
  assert.deepEqual(mailFacts(event("Click")), [{ ...receipt, event: "clicked" }]);
  for (const other of ["Send", "Delivery", "DeliveryDelay", "Reject", "constructor"])
    assert.deepEqual(mailFacts(event(other)), [], other);
});

test("mails of others, and nonsense, say nothing", () => {
  for (const strange of [
    null,
    "Bounce",
    {},
    { eventType: "Bounce" },
    { eventType: "Bounce", mail: {} },
    { eventType: "Bounce", mail: { tags: { app: ["shop"] } } },
    event("Bounce", { bounce: "x" }),
    event("Bounce", bounce("Permanent"), { user: [] }),
    event("Open", {}, { notification: [7] }),
  ])
    assert.deepEqual(mailFacts(strange), [], JSON.stringify(strange));
  assert.equal(isMailEvent(event("Open")), true);
  for (const other of [{ kind: "fired" }, null, "x", 7]) assert.equal(isMailEvent(other), false);
});
