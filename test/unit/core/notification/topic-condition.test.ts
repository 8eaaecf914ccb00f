import assert from "node:assert/strict";
import { test } from "node:test";
import { conditionFault } from "../../../../functions/core/notification/topic-condition.ts";
import { cpuMsOf } from "../../cpu.ts";

const topics = (count: number) => Array.from({ length: count }, (_, n) => `'t${n}' in topics`).join(" && ");

test("conditions as Google writes them hold", () => {
  for (const condition of [
    "'a' in topics",
    "  'a'  in  topics  ",
    "'TopicA' in topics && ('TopicB' in topics || 'TopicC' in topics)",
    "!('a' in topics)",
    "!!'a' in topics||'b' in topics",
    "((('a-b_c.d~e%f' in topics)))",
    topics(5),
  ])
    assert.equal(conditionFault(condition), undefined, condition);
});

test("a fault names what is wrong and where", () => {
  const faults: [string, RegExp][] = [
    ["", /^ends where a topic is expected/],
    ["'a' in topics &&", /^ends where a topic is expected/],
    ["!", /^ends where/],
    ["'a' in topics 'b' in topics", /^has b at character 15, where && or \|\| is expected$/],
    ["'a' in topics & 'b' in topics", /^has & at character 15, where && or \|\|/],
    ["'a' in topics (", /^has \( at character 15/],
    ["('a' in topics", /^leaves 1 \( open$/],
    ["'a' in topics)", /^closes a \( at character 14 that was never opened$/],
    ["()", /^has \) at character 2, where 'topic' in topics, ! or \( is expected$/],
    ["&& 'a' in topics", /^has && at character 1/],
    ["a in topics", /^has a at character 1/],
    ['"a" in topics', /^has " at character 1/],
    ["'a' in topicsx", /^has ' at character 1/],
    ["'a' IN topics", /^has ' at character 1/],
    ["'a b' in topics", /^names a topic at character 1 that is not/],
    ["'' in topics", /^names a topic at character 1 that is not/],
    [topics(6), /^names more than 5 topics$/],
  ];
  for (const [condition, message] of faults)
    assert.match(conditionFault(condition) ?? "no fault", message, condition);
});

test("a long condition takes one pass", () => {
  const length = 200_000;
  const hostile = [
    "(".repeat(length),
    "!".repeat(length),
    `'${"a".repeat(length)}`,
    `'a'${" ".repeat(length)}x`,
    `'a' in${" ".repeat(length)}x`,
    "'a' ".repeat(length / 4),
    " ".repeat(length),
  ];
  for (const text of hostile) {
    const tookMs = cpuMsOf(() => assert.notEqual(conditionFault(text), undefined));
    assert.ok(tookMs < 500, `${text.slice(0, 10)}… took ${tookMs} ms`);
  }
});
