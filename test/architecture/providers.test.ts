import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
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
