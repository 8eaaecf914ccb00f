import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { VENDOR_CREDENTIALS } from "../../functions/core/credentials/vendors.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const at = (path: string) => existsSync(resolve(ROOT, path));

/** A provider is a folder with a file of its own name; the others hold what providers share. */
const providers = readdirSync(resolve(ROOT, "functions/providers")).filter((name) =>
  at(`functions/providers/${name}/${name}.ts`),
);
/** Its other end is API Gateway, which the local runtime is; its page is docs/websocket.md. */
const BUILT_IN = new Set(["websocket"]);

/** Services of AWS, which the local runtime serves. */
const OTHER_END: Record<string, string> = { ses: "local/ses/ses.ts", sns: "local/sns/sns.ts" };

/** Their credentials have one file, their HTTP client and access tokens are shared. */
const VENDORS = new Set<string>(Object.keys(VENDOR_CREDENTIALS));

test("every provider that speaks to a vendor has a fake, a contract test, unit tests and a page", () => {
  const outside = providers.filter((name) => !BUILT_IN.has(name));
  assert.ok(outside.length >= 4);
  for (const name of outside) {
    const needed = VENDORS.has(name)
      ? [`test/unit/providers/${name}/${name}.test.ts`]
      : [`functions/providers/${name}/transport.ts`, `functions/core/credentials/${name}.ts`];
    for (const part of ["payload", "outcome", "codes"]) needed.push(`functions/providers/${name}/${part}.ts`);
    needed.push(
      OTHER_END[name] ?? `local/fakes/${name}.ts`,
      `test/contract/${name}.test.ts`,
      `docs/channels/${name}.md`,
    );
    for (const file of needed) assert.ok(at(file), `${name} lacks ${file}`);
  }
});

/**
 * Answers that others have computed, so that our signatures are not only compared with themselves: the vendors' own
 * examples or values of independent libraries. Of these providers nothing is signed in a way of their own.
 */
const NOTHING_SIGNED = new Set(["apns", "fcm", "ses", "sns"]);
const VECTORS: Record<string, readonly string[]> = {
  hms: [
    "eyJhbGciOiJQUzI1NiIsImtpZCI6ImtpZC0xIiwidHlwIjoiSldUIn0",
    "kW2L4dZxt7UAm0UEPZRLn+GjQ3pRNwYGXEusuARXzho=",
  ],
  // Its answer to a request that two tokens of three survive; it signs nothing.
  honor: ['expireTokens: ["T2"]'],
  mi: ["title=%E6%A0%87%E9%A2%98"],
  oppo: ["92efc3f7b3cb648620dfe1e9c4766e5deb40e75ff5a4d5a660642d9d60e12c1b"],
  vivo: ["a92a596a19a9d7a73ce043d17becdef7"],
  meizu: ["ac076ff25d9900015a681cb5172aa53b"],
  jpush: ["N2Q0MzFlNDJkZmE2YTZkNjkzYWMyZDA0"],
  getui: [
    "89dc8cb782bd88d9b157c0ca7d5bbf1fb36dbcee748d06da02624924ae7a9c29",
    "c02df3c3f52c0678366b3b0ee803881f",
  ],
  umeng: ["c0e3eb628fdebc629b0bf92388fce45b"],
  webhook: ["v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="],
  webpush: ["DGv6ra1nlYgDCS1FRnbzlw"],
};

test("every provider that signs or encodes in its own way is tried on values that others computed", () => {
  for (const name of providers.filter((one) => !BUILT_IN.has(one) && !NOTHING_SIGNED.has(one))) {
    assert.ok(VECTORS[name], `${name} has no vectors`);
    const folder = resolve(ROOT, "test/unit/providers", name);
    const tests = readdirSync(folder).map((file) => readFileSync(resolve(folder, file), "utf8"));
    for (const vector of VECTORS[name])
      assert.ok(
        tests.some((text) => text.includes(vector)),
        `no test of ${name} knows ${vector}`,
      );
  }
});
