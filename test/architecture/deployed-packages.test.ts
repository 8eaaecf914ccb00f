import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { test } from "node:test";

type Manifest = { dependencies: Record<string, string>; devDependencies: Record<string, string> };
const { dependencies, devDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;

/** Whole import and re-export statements and dynamic imports; types leave nothing in a bundle. */
const IMPORT =
  /(?:^|[\s;])(?:import|export)\s+(?!type\b)(?:[^"';]*?\bfrom\s+)?"([^"\n]+)"|\bimport\s*\(\s*"([^"\n]+)"/g;

const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

function packagesIn(text: string): string[] {
  const specifiers = [...text.matchAll(IMPORT)].map(([, fixed, dynamic]) => fixed ?? dynamic!);
  return specifiers
    .filter((name) => !name.startsWith(".") && !name.startsWith("node:") && !builtinModules.includes(name))
    .map(packageOf);
}

test("what is deployed is made of dependencies, never of development packages", () => {
  const files = globSync("functions/**/*.ts");
  const used = new Map(
    files.flatMap((file) => packagesIn(readFileSync(file, "utf8")).map((name) => [name, file])),
  );
  assert.ok(
    used.has("@aws-sdk/client-dynamodb") && used.has("zod") && used.has("jose"),
    "the scan reads imports",
  );
  const others = [...used].filter(([name]) => !(name in dependencies));
  assert.deepEqual(
    others.map(([name, file]) => `${file} imports ${name}`),
    [],
  );
});

test("the scan sees every form of import, and no type", () => {
  const text = `
import { generate } from "selfsigned";
import fc, { type Arbitrary } from "fast-check";
import "ws";
export { x } from "@scope/thing/deep";
const knip = await import("knip");
import type { Context } from "aws-lambda";
import { readFileSync } from "node:fs";
import { own } from "./own.ts";
`;
  assert.deepEqual(packagesIn(text), ["selfsigned", "fast-check", "ws", "@scope/thing", "knip"]);
});

test("packages are pinned exactly: an install gives what was tried", () => {
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
});
