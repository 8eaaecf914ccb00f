import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PROVIDERS } from "../../functions/core/words.ts";
import { README, readmeWithChannels } from "../../scripts/readme-channels.ts";

test("README's table of channels is what the code says (else: node scripts/readme-channels.ts)", () => {
  const readme = readFileSync(README, "utf8");
  assert.equal(readme, readmeWithChannels(readme));
  for (const provider of PROVIDERS) assert.ok(readme.includes(`${provider}.md)`), provider);
  assert.throws(() => readmeWithChannels("# nothing"), /marks/);
});
