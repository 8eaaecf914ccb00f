import assert from "node:assert/strict";
import { test } from "node:test";
import { templateParameters } from "../../../../functions/providers/vendor/template.ts";

const content = { title: "订单 👍🏽", body: "x".repeat(200), data: { order: "7" } };
const filled = (texts: Record<string, unknown>, options = { most: 128, emoji: false }) =>
  JSON.parse(templateParameters(texts, { content }, options)) as Record<string, string>;

test("the message's texts and data take their places; what it lacks is empty", () => {
  assert.deepEqual(filled({ a: "{title}!", b: "No. {data.order}, {data.constructor}", c: 3, d: "{other}" }), {
    a: "订单 !",
    b: "No. 7, ",
    c: "3",
    d: "{other}",
  });
});

test("each is cut, and emoji stay only where the vendor takes them", () => {
  assert.equal([...filled({ a: "{body}" })["a"]!].length, 128);
  assert.equal(filled({ a: "{title}" }, { most: 128, emoji: true })["a"], "订单 👍🏽");
});

test("a text of the message is not filled in again", () => {
  const message = { content: { title: "{body}", body: "secret" } };
  assert.equal(templateParameters({ a: "{title}" }, message, { most: 9, emoji: true }), '{"a":"{body}"}');
});
