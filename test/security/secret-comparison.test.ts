import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { parseSync } from "@swc/core";

/** How long a comparison takes tells how much of a secret was right: every one of them is timingSafeEqual's. */
const ROOT = resolve(import.meta.dirname, "../..");
const FILES = globSync(["functions/**/*.ts", "local/door/**/*.ts"], { cwd: ROOT }).sort();

type Node = { type?: string } & Record<string, unknown>;

const SECRET_NAME =
  /secret|signature|hmac|^mac$|digest|sha256|password|bearer|ticket|expected|^given$|hash$|^sign$|nonce/i;
const EQUALITY = new Set(["===", "!==", "==", "!="]);
/** Methods that stop at the first difference. */
const EARLY = new Set([
  "equals",
  "compare",
  "localeCompare",
  "startsWith",
  "endsWith",
  "includes",
  "indexOf",
]);

/** How many comparisons of what is named like a secret and is none; one too many or too few fails. */
const NO_SECRETS: Record<string, [count: number, what: string]> = {
  "functions/core/explain/evidence.ts": [1, "places of users and devices in a plan row"],
  "functions/core/explain/place-of.ts": [1, "places of users and devices in a plan row"],
  "functions/core/ledger/claim.ts": [2, "which body a job's ledger belongs to"],
  "functions/core/plan/plan-page.ts": [1, "places of users and devices in a plan row"],
  "functions/core/recipient/register-device.ts": [6, "which of a device's own tokens is which"],
  "functions/core/recipient/released-tokens.ts": [1, "which of a device's own tokens is which"],
  "functions/core/recipient/remove-token.ts": [1, "which of a device's own tokens is which"],
  "functions/platform/token-verifier.ts": [1, "an app's id"],
};

/** Names that an expression is made of: variables, fields, called functions. */
function namesIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(namesIn);
  if (node === null || typeof node !== "object") return [];
  const { type, value, ...rest } = node as Node;
  if (type === "Identifier") return [String(value)];
  return Object.values(rest).flatMap(namesIn);
}

const isPlain = (node: Node): boolean =>
  /Literal$/.test(node.type ?? "") ||
  node.type === "UnaryExpression" ||
  (node.type === "Identifier" && node["value"] === "undefined") ||
  // How long something is may be known.
  (node.type === "MemberExpression" && (node["property"] as Node)["value"] === "length");

/** Each comparison in a source that could tell where two secrets differ. */
function leaks(source: string): string[] {
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (node === null || typeof node !== "object") return;
    const sides = sidesOf(node as Node);
    if (sides && !sides.some(isPlain)) {
      const named = namesIn(sides).filter((name) => SECRET_NAME.test(name));
      if (named.length > 0) found.push(named.join(" "));
    }
    Object.values(node).forEach(visit);
  };
  visit(parseSync(source, { syntax: "typescript", target: "es2024" }).body);
  return found;
}

function sidesOf(node: Node): Node[] | undefined {
  if (node.type === "BinaryExpression" && EQUALITY.has(node["operator"] as string))
    return [node["left"], node["right"]] as Node[];
  if (node.type !== "CallExpression") return undefined;
  const callee = node["callee"] as Node;
  const [first] = node["arguments"] as { expression: Node }[];
  const isEarly =
    callee.type === "MemberExpression" && EARLY.has((callee["property"] as Node)["value"] as string);
  return isEarly && first ? [callee["object"] as Node, first.expression] : undefined;
}

test("no secret, hash or signature is compared but in constant time", () => {
  assert.ok(FILES.length > 150, `${FILES.length} files`);
  for (const file of FILES) {
    const found = leaks(readFileSync(join(ROOT, file), "utf8"));
    assert.equal(found.length, NO_SECRETS[file]?.[0] ?? 0, `${file}: ${found.join(", ")}`);
  }
  for (const file of Object.keys(NO_SECRETS)) assert.ok(FILES.includes(file), `${file} is gone`);
});

/** They sign what they send, and judge nothing. */
const SIGNERS = ["functions/platform/signing-hash.ts", "functions/providers/webhook/sign.ts"];

test("who judges a credential does it by timingSafeEqual", () => {
  const users = FILES.filter((file) => readFileSync(join(ROOT, file), "utf8").includes("createHmac("));
  const verifiers = users.filter((file) => !SIGNERS.includes(file));
  assert.deepEqual(verifiers, [
    "functions/core/api/cursor.ts",
    "functions/core/receipt/receipt-path.ts",
    "functions/core/recipient/unsubscribe-link.ts",
    "functions/platform/auth.ts",
    "functions/providers/hms/receipt-proof.ts",
    "local/door/signature.ts",
  ]);
  for (const file of verifiers)
    assert.match(readFileSync(join(ROOT, file), "utf8"), /timingSafeEqual\(/, file);
  for (const vendor of ["getui", "jpush", "meizu"]) {
    const proof = readFileSync(join(ROOT, `functions/providers/${vendor}/receipt-proof.ts`), "utf8");
    assert.match(proof, /import \{ sameText \}[\s\S]+ sameText\(/, vendor);
  }
  const managers = readFileSync(join(ROOT, "functions/platform/manager.ts"), "utf8");
  assert.match(managers, /sameText\(bearer, await ownSecret\(/);
});

test("a planted comparison is found", () => {
  for (const planted of [
    "if (given === expectedSignature) ok();",
    "if (createHmac('sha256', key).update(text).digest('hex') !== signature) no();",
    "const same = sha256Hex(secret) == key.hash;",
    "return headers.signature.startsWith(expected);",
    "Buffer.from(signature).equals(mac);",
    "const found = keys.find((key) => key.hash === hash);",
  ])
    assert.equal(leaks(`function f() { ${planted} }`).length, 1, planted);
  for (const harmless of [
    "if (secret === undefined) return;",
    "if (signature.length !== expected.length) return;",
    "if (typeof secret === 'string') return;",
    "if (state === other.state) return;",
  ])
    assert.deepEqual(leaks(`function f() { ${harmless} }`), [], harmless);
});
