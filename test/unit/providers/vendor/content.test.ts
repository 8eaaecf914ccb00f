import assert from "node:assert/strict";
import { test } from "node:test";
import type { Target } from "../../../../functions/core/dispatch/provider.ts";
import {
  cut,
  merged,
  messageClass,
  notifyId,
  ownFields,
  requestId,
} from "../../../../functions/providers/vendor/content.ts";
import { classifier, codeText, outcomeOf } from "../../../../functions/providers/vendor/verdict.ts";

test("texts are cut by characters as people count them, never through the middle of one", () => {
  assert.equal(cut("标题标题", 4), "标题标题");
  assert.equal(cut("标题标题标", 4), "标题标…");
  assert.equal(cut("👍👍👍", 2), "👍…");
  assert.ok(cut("👍".repeat(60), 50).isWellFormed());
});

test("a category's class; the app's own categories by their priority", () => {
  const classOf = (category: string, priority: "high" | "low" = "high") =>
    messageClass({ category, priority });
  assert.deepEqual(
    ["social", "transactional", "system", "urgent", "marketing"].map((name) => classOf(name)),
    ["chat", "order", "account", "account", "marketing"],
  );
  assert.deepEqual([classOf("own"), classOf("own", "low")], ["order", "marketing"]);
});

test("a category that is called like what every object has is a category like another", () => {
  assert.equal(messageClass({ category: "constructor", priority: "high" }), "order");
  assert.equal(ownFields({ categories: {} }, { category: "constructor" }), undefined);
  assert.equal(ownFields({}, { category: "social" }), undefined);
  assert.deepEqual(ownFields({ categories: { social: { a: 1 } } }, { category: "social" }), { a: 1 });
});

test("the same notification or tag has the same number, within what phones take", () => {
  const id = (notificationId: string, tag?: string) =>
    notifyId({ notificationId, content: { ...(tag && { tag }) } });
  assert.equal(id("a"), id("a"));
  assert.equal(id("a", "cart"), id("b", "cart"));
  assert.notEqual(id("a"), id("b"));
  for (const text of ["", "a", "ä", "x".repeat(100)]) assert.ok(id(text) >= 0 && id(text) < 2 ** 31);
});

test("request ids: the same targets make the same, within 32 characters", () => {
  const to = (messageId: string) => ({ messageId }) as Target;
  const one = to("0af76519-16cd-43dd-8448-eb211c80319c");
  assert.equal(requestId([one]), "0af7651916cd43dd8448eb211c80319c");
  assert.equal(requestId([one, to("b")]), requestId([one, to("b")]));
  assert.notEqual(requestId([one, to("b")]), requestId([one, to("c")]));
  assert.equal(requestId([one, to("b")]).length, 32);
});

test("the operator's JSON is merged key by key over ours", () => {
  assert.deepEqual(merged({ a: { b: 1, c: [1] }, d: 2 }, { a: { c: [2], e: 3 }, f: { g: 4 } }), {
    a: { b: 1, c: [2], e: 3 },
    d: 2,
    f: { g: 4 },
  });
  const polluting = JSON.parse('{"__proto__":{"polluted":true}}') as Record<string, unknown>;
  merged({}, polluting);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

test("codes: the operator's classes win over ours; texts of no code's shape are not repeated", () => {
  const classOf = classifier({ invalid: [10302], config: [10043] }, { "10043": "quota", "77": "ok" });
  assert.deepEqual(["10302", "10043", "77", "1"].map(classOf), ["invalid", "quota", "ok", undefined]);
  assert.deepEqual([80300007, "-2", "fcm", "a b", "x".repeat(13), {}, null].map(codeText), [
    "80300007",
    "-2",
    "fcm",
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("a token called invalid is judged with the others of its time before it goes", () => {
  assert.deepEqual(outcomeOf({ class: "invalid", code: "10302" }, 200), {
    kind: "gone",
    tokenSuspect: true,
    status: 200,
    reason: "10302",
  });
  assert.equal(outcomeOf({ class: "quota", code: "1" }, 200).kind, "rejected");
  assert.equal(outcomeOf({ class: "doubt", code: "status_200" }, 200).kind, "unknown");
});
