import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { findChromium } from "./chromium.ts";

test("Chromium is the one that is named, else the first on the PATH", () => {
  const folder = mkdtempSync(join(tmpdir(), "clarion-path-"));
  const [chromium, chrome] = [join(folder, "chromium"), join(folder, "google-chrome")];
  const PATH = ["/nowhere", folder].join(delimiter);
  try {
    writeFileSync(chrome, "");
    assert.deepEqual(findChromium({ PATH }), { path: chrome });
    writeFileSync(chromium, "");
    assert.deepEqual(findChromium({ PATH }), { path: chromium });
    assert.deepEqual(findChromium({ PATH, CLARION_CHROMIUM: chrome }), { path: chrome });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("without one, tests are skipped on a laptop and fail in CI; a wrong name fails everywhere", () => {
  const missing = "needs Chromium: apt-get install chromium, or set CLARION_CHROMIUM";
  assert.deepEqual(findChromium({ PATH: "/nowhere" }), { missing, skip: true });
  assert.deepEqual(findChromium({ PATH: "/nowhere", CI: "true" }), { missing, skip: false });
  assert.deepEqual(findChromium({ CLARION_CHROMIUM: "/nowhere/chromium" }), {
    missing: "CLARION_CHROMIUM names no file: /nowhere/chromium",
    skip: false,
  });
});
