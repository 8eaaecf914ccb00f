import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCredentials } from "../../../../functions/core/app/provider-input.ts";
import { AppError } from "../../../../functions/core/errors/app-error.ts";

const GOOD = { appKey: "k", masterSecret: "s" };

const refusal = (extra: object): string => refusalOf("oppo", { ...GOOD, ...extra });

function refusalOf(provider: "oppo" | "getui", credentials: object): string {
  try {
    parseCredentials(provider, credentials);
  } catch (error) {
    assert.ok(error instanceof AppError);
    return JSON.stringify(error.extra.errors ?? error.message);
  }
  return "taken";
}

test("an operator's corrections are taken, within limits that are named with their field", () => {
  const corrections = {
    categories: { marketing: { channel_id: "c1" } },
    extra: { show_ttl: 60 },
    codes: { "10000": "invalid", countryNotSupport: "suppressed" },
  };
  assert.equal(refusal(corrections), "taken");
  const long = { text: "x".repeat(20_000) };
  assert.match(refusal({ extra: long }), /extra.*16,384 bytes/);
  assert.match(refusal({ categories: { marketing: long } }), /categories.*16,384 bytes/);
  const codes = Object.fromEntries(Array.from({ length: 501 }, (_, code) => [String(code), "retry"]));
  assert.match(refusal({ codes }), /codes.*500/);
  assert.match(refusal({ codes: { "1": "lovely" } }), /codes/);
  assert.match(refusal({ codes: { "not a code": "ok" } }), /codes/);
});

test("getui: another host is one of Getui's own, whatever the text looks like", () => {
  const withHost = (host: unknown) => refusalOf("getui", { appId: "a", ...GOOD, host });
  for (const host of ["restapi.getui.com", "restapi-2.getui.com", "a.b.getui.com"])
    assert.equal(withHost(host), "taken", host);
  assert.equal(refusalOf("getui", { appId: "a", ...GOOD }), "taken");
  const others = [
    "",
    "getui.com",
    ".getui.com",
    "evilgetui.com",
    "evil-getui.com",
    "getui.com.evil.example",
    "evil.example/x.getui.com",
    "evil.example?.getui.com",
    "evil.example#.getui.com",
    "a@b.getui.com",
    "169.254.169.254\n.getui.com",
    "x.getui.com\n",
    "x.getui.com.",
    "x.getui.com:8443",
    "https://x.getui.com",
    "X.getui.com",
    "-x.getui.com",
    "x..getui.com",
    "ｘ.getui.com",
    `${"a".repeat(64)}.getui.com`,
    `${"a.".repeat(130)}getui.com`,
  ];
  for (const host of others) assert.match(withHost(host), /host/, JSON.stringify(host));
});
