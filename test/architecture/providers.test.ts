import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";

const ROOT = resolve(import.meta.dirname, "../..");
const at = (path: string) => existsSync(resolve(ROOT, path));

/** A provider is a folder with a file of its own name; the others hold what providers share. */
const providers = readdirSync(resolve(ROOT, "functions/providers")).filter((name) =>
  at(`functions/providers/${name}/${name}.ts`),
);
/** Its other end is API Gateway, which the local runtime is; its page is docs/websocket.md. */
const BUILT_IN = new Set(["websocket"]);

test("every provider that speaks to a vendor has a fake, a contract test and a page", () => {
  const vendors = providers.filter((name) => !BUILT_IN.has(name));
  assert.ok(vendors.length >= 3);
  for (const name of vendors) {
    for (const file of ["payload", "outcome", "codes", "transport"])
      assert.ok(at(`functions/providers/${name}/${file}.ts`), `${name} lacks ${file}.ts`);
    assert.ok(at(`local/fakes/${name}.ts`), `${name} lacks its fake, local/fakes/${name}.ts`);
    assert.ok(
      at(`test/contract/${name}.test.ts`),
      `${name} lacks its contract test, test/contract/${name}.test.ts`,
    );
    assert.ok(at(`docs/channels/${name}.md`), `${name} lacks its page, docs/channels/${name}.md`);
    assert.ok(at(`functions/core/credentials/${name}.ts`), `${name} lacks the shape of its credentials`);
  }
});
