import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ERRORS } from "../../functions/core/errors/app-error.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/errors.md"), "utf8");

/** `internal` is what an unknown error is answered with (platform/problem.ts). */
const CODES: Record<string, { status: number }> = { ...ERRORS, internal: { status: 500 } };

test("every error code has a heading in docs/errors.md, and every heading a code", () => {
  const headings = [...page.matchAll(/^## (\S+)$/gm)].map(([, heading]) => heading);
  assert.deepEqual([...headings].sort(), Object.keys(CODES).sort());
});

test("each heading names the status that the code is answered with", () => {
  for (const [code, { status }] of Object.entries(CODES)) {
    const text = page.split(new RegExp(`^## ${code}$`, "m"))[1] ?? "";
    assert.ok(text.trimStart().startsWith(`${status}.`), code);
  }
});
