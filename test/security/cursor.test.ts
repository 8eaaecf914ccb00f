import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import { type CursorScope, openCursor, sealCursor } from "../../functions/core/api/cursor.ts";
import { AppError } from "../../functions/core/errors/app-error.ts";

/** A cursor is one text: what a reader of base64url takes for the same bytes is another, and is refused. */
const SECRET = "the-cursor-secret-of-this-deployment";
const PLACE = { dayMs: 1_795_132_800_000, before: "shop#n-1", list: ["ä", "?>~"] };
const SCOPE: CursorScope = { app: "shop", query: { state: "scheduled", category: "news" } };
const cursor = sealCursor(PLACE, SCOPE, SECRET);
const [payload = "", sign = ""] = cursor.split(".");

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function taken(text: string, scope: CursorScope = SCOPE, secret = SECRET): boolean {
  try {
    openCursor(text, scope, secret);
    return true;
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === "invalid_request", String(error));
    return false;
  }
}

test("a cursor leads to its place, with the query's fields in any order", () => {
  assert.deepEqual(openCursor(cursor, SCOPE, SECRET), PLACE);
  const { state, category } = SCOPE.query;
  assert.deepEqual(openCursor(cursor, { app: "shop", query: { category, state } }, SECRET), PLACE);
});

test("no character of it can be another", () => {
  let tried = 0;
  for (let at = 0; at < cursor.length; at++)
    for (const char of `${ALPHABET}.+/= \n%\u0000é`) {
      if (char === cursor[at]) continue;
      tried++;
      assert.ok(!taken(cursor.slice(0, at) + char + cursor.slice(at + 1)), `${char} at ${at} of ${cursor}`);
    }
  assert.ok(tried > 5_000, `${tried} tried`);
});

test("nor can one be missing or one too many, anywhere", () => {
  for (let at = 0; at <= cursor.length; at++) {
    if (at < cursor.length) assert.ok(!taken(cursor.slice(0, at) + cursor.slice(at + 1)), `${at} left out`);
    for (const char of "A=. -")
      assert.ok(!taken(cursor.slice(0, at) + char + cursor.slice(at)), `${char} put in at ${at}`);
  }
});

const mac = (text: string, algorithm = "sha256") => createHmac(algorithm, SECRET).update(text).digest();
const REWRITTEN: Record<string, string> = {
  "padded payload": `${payload}=.${sign}`,
  "padded signature": `${cursor}==`,
  "payload in plain base64": `${Buffer.from(JSON.stringify(PLACE)).toString("base64")}.${sign}`,
  "signature in plain base64": `${payload}.${Buffer.from(sign, "base64url").toString("base64")}`,
  "signature in hex": `${payload}.${Buffer.from(sign, "base64url").toString("hex")}`,
  "parts swapped": `${sign}.${payload}`,
  "a third part": `${cursor}.${sign}`,
  "the whole twice": `${cursor}${cursor}`,
  "letters of the other case": cursor.toLowerCase(),
  "the same place with its fields in another order": `${Buffer.from(
    JSON.stringify(Object.fromEntries(Object.entries(PLACE).reverse())),
  ).toString("base64url")}.${sign}`,
  "the same place with a space": `${Buffer.from(JSON.stringify(PLACE, null, 1)).toString("base64url")}.${sign}`,
  "escaped for a URL": encodeURIComponent(`${cursor}=`),
  "signature over the payload alone": `${payload}.${mac(payload).subarray(0, 16).toString("base64url")}`,
  "the whole signature instead of half": `${payload}.${mac(payload).toString("base64url")}`,
  "unkeyed hash": `${payload}.${createHash("sha256").update(payload).digest().subarray(0, 16).toString("base64url")}`,
  "longer than any": `${cursor}${"A".repeat(4_096)}`,
  "empty signature": `${payload}.`,
  "only a dot": ".",
  empty: "",
};
for (const [name, text] of Object.entries(REWRITTEN)) {
  test(`refused: ${name}`, () => assert.ok(!taken(text), text));
}

test("one of another app, of another query, of another deployment's secret is none", () => {
  const { query } = SCOPE;
  assert.ok(!taken(cursor, { app: "shop2", query }));
  assert.ok(!taken(cursor, { app: "shop", query: {} }));
  assert.ok(!taken(cursor, { app: "shop", query: { ...query, state: "completed" } }));
  assert.ok(!taken(cursor, { app: "shop", query: { ...query, from: "2026-01-01" } }));
  assert.ok(!taken(cursor, { app: 'shop",[["state' as string, query }));
  assert.ok(
    !taken(cursor, SCOPE, `${SECRET} `),
    "after the secret is rotated, clients begin their list anew",
  );
});
