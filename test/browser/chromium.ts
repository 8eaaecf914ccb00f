import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Nothing but this machine can be reached: neither push services nor the browser's own maker. */
const LOOPBACK_ONLY = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1";

type Environment = Partial<Record<"CLARION_CHROMIUM" | "PATH" | "CI", string>>;
export type Found = { path: string } | { missing: string; skip: boolean };

/** The machine's own Chromium; a browser is never downloaded. */
export function findChromium({ CLARION_CHROMIUM: named, PATH = "", CI }: Environment): Found {
  if (named) {
    if (existsSync(named)) return { path: named };
    return { missing: `CLARION_CHROMIUM names no file: ${named}`, skip: false };
  }
  const path = PATH.split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((file) => existsSync(file));
  if (path !== undefined) return { path };
  return {
    missing: "needs Chromium: apt-get install chromium, or set CLARION_CHROMIUM",
    skip: CI === undefined || CI === "" || CI === "false",
  };
}

/** Tests in one browser: skipped where there is none, failed where CI should have had one. */
export function inChromium(name: string, define: (browser: () => Browser) => void): void {
  const found = findChromium(process.env);
  if ("missing" in found) {
    test(name, { skip: found.skip && found.missing }, () => assert.fail(found.missing));
    return;
  }
  describe(name, () => {
    let browser: Browser;
    before(async () => {
      // Since Chromium 132 `headless` is the whole browser, which has notifications and service workers.
      browser = await chromium.launch({ executablePath: found.path, headless: true, args: [LOOPBACK_ONLY] });
    });
    after(() => browser?.close());
    define(() => browser);
  });
}
