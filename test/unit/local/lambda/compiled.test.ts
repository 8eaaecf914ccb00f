import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { compiled } from "../../../../local/lambda/compiled.ts";

const folder = mkdtempSync(join(tmpdir(), "clarion-compiled-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("what an environment runs is JavaScript that needs no other file", () => {
  const file = compiled("clock-preload", folder);
  const script =
    "process.stdout.write(String(Math.round((Date.now() - performance.timeOrigin) / 3_600_000)))";
  const printed = execFileSync(
    process.execPath,
    ["--no-experimental-strip-types", "--import", file, "--eval", script],
    { env: { CLARION_CLOCK_OFFSET_MS: String(5 * 3_600_000) }, encoding: "utf8" },
  );
  assert.equal(printed, "5");
});

test("it is made once for each source, and nothing half written stays", () => {
  const file = compiled("child", folder);
  assert.equal(compiled("child", folder), file);
  const made = readdirSync(folder).filter((name) => name.startsWith("child"));
  assert.deepEqual(
    made.map((name) => join(folder, name)),
    [file],
  );
});
