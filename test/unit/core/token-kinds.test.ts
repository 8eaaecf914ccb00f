import assert from "node:assert/strict";
import { test } from "node:test";
import { type AppleRoad, suits, type TokenPurpose } from "../../../functions/core/token-kinds.ts";

const TOKENS: TokenPurpose[] = [
  { kind: "apns" },
  { kind: "apnsStart" },
  { kind: "apnsActivity", activity: "ride-7" },
  { kind: "apnsActivity", activity: "ride-8" },
  { kind: "apnsTyped", pushType: "voip" },
  { kind: "apnsTyped", pushType: "widgets" },
  { kind: "fcmToken" },
  { kind: "mi" },
];

test("every token gets what it was handed out for, and nothing else", () => {
  const table: [AppleRoad | undefined, number[]][] = [
    [undefined, [0, 6, 7]],
    [{ kind: "apnsStart" }, [1]],
    [{ kind: "apnsActivity", activity: "ride-8" }, [3]],
    [{ kind: "apnsActivity", activity: "ride-9" }, []],
    [{ kind: "apnsTyped", pushType: "voip" }, [4, 6, 7]],
  ];
  for (const [road, wanted] of table) {
    const found = TOKENS.flatMap((token, index) => (suits(token, road) ? [index] : []));
    assert.deepEqual(found, wanted, JSON.stringify(road));
  }
});
