import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { VENDOR_CREDENTIALS } from "../../functions/core/credentials/vendors.ts";
import { type Contract, contractGaps } from "./contract-gaps.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const at = (path: string) => existsSync(resolve(ROOT, path));

/** A provider is a folder with a file of its own name; the others hold what providers share. */
const providers = readdirSync(resolve(ROOT, "functions/providers")).filter((name) =>
  at(`functions/providers/${name}/${name}.ts`),
);
/** It sends what the inbox holds: no vendor's payload, codes or credentials. */
const BUILT_IN = new Set(["websocket"]);

/** Services of AWS, which the local runtime serves. */
const OTHER_END: Record<string, string> = {
  ses: "local/ses/ses.ts",
  sns: "local/sns/sns.ts",
  websocket: "local/gateway/connections-backend.ts",
};
const PAGE: Record<string, string> = { websocket: "docs/websocket.md" };

/** Their credentials have one file, their HTTP client and access tokens are shared. */
const VENDORS = new Set<string>(Object.keys(VENDOR_CREDENTIALS));

function partsOf(name: string): string[] {
  if (BUILT_IN.has(name)) return [];
  const parts = ["payload", "outcome", "codes"].map((part) => `functions/providers/${name}/${part}.ts`);
  return VENDORS.has(name)
    ? [...parts, `test/unit/providers/${name}/${name}.test.ts`]
    : [...parts, `functions/providers/${name}/transport.ts`, `functions/core/credentials/${name}.ts`];
}

test("every provider has its parts, a fake, a contract test and a page", () => {
  assert.ok(providers.length >= 15, `${providers.length} providers`);
  for (const name of providers) {
    const needed = [
      ...partsOf(name),
      OTHER_END[name] ?? `local/fakes/${name}.ts`,
      `test/contract/${name}.test.ts`,
      `test/contract/${name}-subject.ts`,
      PAGE[name] ?? `docs/channels/${name}.md`,
    ];
    for (const file of needed) assert.ok(at(file), `${name} lacks ${file}`);
  }
});

const CONTRACT = resolve(ROOT, "test/contract");
/** Whatever runs the contract suite: by itself, or with what is special to a way of sending. */
const SUITES = {
  contractSuite: "contract-suite",
  providerSuite: "provider-suite",
  vendorSuite: "vendor-suite",
};

const read = (file: string) => readFileSync(resolve(CONTRACT, file), "utf8");
async function contractOf(name: string): Promise<Contract> {
  const { subject } = (await import(resolve(CONTRACT, `${name}-subject.ts`))) as Pick<Contract, "subject">;
  return { name, subject, source: read(`${name}.test.ts`) };
}

test("every provider's contract test runs every point of the contract, or says why one is not its own", async () => {
  for (const [suite, file] of Object.entries(SUITES))
    if (suite !== "contractSuite")
      assert.match(read(`${file}.ts`), /^ {2}contractSuite\(subject\);$/m, `${file} adds to the contract`);
  for (const name of providers) {
    const contract = await contractOf(name);
    assert.equal(contract.subject.name, name);
    assert.deepEqual(contractGaps(contract, Object.keys(SUITES)), [], name);
  }
  const subjects = readdirSync(CONTRACT).filter((file) => file.endsWith("-subject.ts"));
  for (const name of subjects
    .map((file) => file.replace("-subject.ts", ""))
    .filter((one) => one !== "contract"))
    assert.deepEqual(contractGaps(await contractOf(name), Object.keys(SUITES)), [], name);
});

test("a contract test that leaves something out is found", async () => {
  const good = await contractOf("webhook");
  const gaps = (over: Partial<Contract>) => contractGaps({ ...good, ...over }, Object.keys(SUITES));
  const withPoints = (points: object) => ({
    subject: { ...good.subject, points: { ...good.subject.points, ...points } } as Contract["subject"],
  });
  assert.deepEqual(gaps({}), []);
  assert.deepEqual(gaps({ source: good.source.replace(/^contractSuite/m, "// contractSuite") }), [
    "does not run the contract suite with its subject",
  ]);
  assert.deepEqual(gaps({ source: good.source.replaceAll("./webhook-subject.ts", "./sns-subject.ts") }), [
    "does not run the contract suite with its subject",
  ]);
  assert.deepEqual(gaps(withPoints({ timeouts: undefined })), ["says nothing of timeouts"]);
  assert.deepEqual(gaps(withPoints({ timeouts: { notApplying: "no" } })), ["gives no reason for timeouts"]);
  assert.deepEqual(gaps(withPoints({ partialBatch: [] })), ["has nothing to try partialBatch with"]);
  const reason = { notApplying: "somebody thinks that it is not needed here" };
  assert.deepEqual(gaps(withPoints({ accepted: reason })), ["leaves out accepted, which is everybody's"]);
});

/**
 * Answers that others have computed, so that our signatures are not only compared with themselves: the vendors' own
 * examples or values of independent libraries, all that the fact sheets hold. Of these providers nothing is signed in a
 * way of their own.
 */
const NOTHING_SIGNED = new Set(["apns", "fcm", "ses", "sns", "websocket"]);
const VECTORS: Record<string, readonly string[]> = {
  hms: [
    "eyJhbGciOiJQUzI1NiIsImtpZCI6ImtpZC0xIiwidHlwIjoiSldUIn0.eyJpc3MiOiJzdWItYWNjb3VudC0xIiwiYXVkIjoiaHR0cHM6Ly9vYXV0aC1sb2dpbi5jbG91ZC5odWF3ZWkuY29tL29hdXRoMi92My90b2tlbiIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwfQ",
    "kW2L4dZxt7UAm0UEPZRLn+GjQ3pRNwYGXEusuARXzho=",
    "xziKzYMjWFKDYXsYcuXE6dOt56g5u9b9O+aDZ0Uyc2Q=",
  ],
  // It signs nothing: its own answer to a request that two tokens of three survive, and what is to be read in it.
  honor: [
    '{"code":200,"message":"success","data":{"sendResult":true,"requestId":"r1","failTokens":[],"expireTokens":["T2"]}}',
    '["ok 200", "invalid expired", "ok 200"]',
  ],
  mi: [
    "registration_id=r1%2Cr2&title=%E6%A0%87%E9%A2%98&description=%E4%BD%A0%E5%A5%BD+a%26b&payload=%7B%22k%22%3A%22v%22%7D&extra.channel_id=104551",
  ],
  oppo: [
    "533dc2365ec22507305094c7da1071806cb055c73b48459bc5e1277f328eac65",
    "92efc3f7b3cb648620dfe1e9c4766e5deb40e75ff5a4d5a660642d9d60e12c1b",
    "acee240f9a281b012353cca27eb1c4068a15cc67138da3dbc39cc4464d128448",
    "auth_token=T&message=%7B%22target_type%22%3A2%2C%22target_value%22%3A%22CN_1%22%2C%22notification%22%3A%7B%22title%22%3A%22%E6%A0%87%E9%A2%98%22%2C%22content%22%3A%22%E4%BD%A0%E5%A5%BD%22%7D%7D",
  ],
  vivo: [
    "a92a596a19a9d7a73ce043d17becdef7",
    "4e2c429c92d1eac67c0ad9d287e09872",
    "81dc9bdb52d04dc20036dbd8313ed055",
  ],
  meizu: [
    "ac076ff25d9900015a681cb5172aa53b",
    "cba9b89aa95aadc7c1c0bb0a6007a553",
    "68f493ecc3ceaa763c28f6cf5305d34f",
    "64a7159eb98b8efca1f07f6986feb0e0",
  ],
  jpush: [
    "N2Q0MzFlNDJkZmE2YTZkNjkzYWMyZDA0OjVlOTg3YWM2ZDJlMDRkOTVhOWQ4ZjBkMQ==",
    "a2V5OnNlY3JldA==",
    "Z3JvdXAtZ2s6Z3M=",
  ],
  getui: [
    "89dc8cb782bd88d9b157c0ca7d5bbf1fb36dbcee748d06da02624924ae7a9c29",
    "7cb024cfa9557dc47049c80207273856d27df0fec00e4af6acc4f511868a49f1",
    "0e84c1a9816e66b9e7909ac11e81591380a9fcfae20b351ddef9c3368c615c39",
    "c02df3c3f52c0678366b3b0ee803881f",
    "2ecdde3959051d913f61b14579ea136d",
  ],
  umeng: [
    "c0e3eb628fdebc629b0bf92388fce45b",
    "8af8db0cf519afe66f6af1f5d5ca0d92",
    "2822c0cfed812c46e36910d0a11fb833",
  ],
  webhook: ["v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="],
  webpush: ["DGv6ra1nlYgDCS1FRnbzlw"],
};

test("every provider that signs or encodes in its own way is tried on values that others computed", () => {
  for (const name of providers.filter((one) => !NOTHING_SIGNED.has(one))) {
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
