import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { documentText, faultsOf, OPERATIONS } from "../../api/document.ts";
import { ERRORS } from "../../functions/core/errors/app-error.ts";
import { httpHandler } from "../../functions/platform/http.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

type Document = { paths: Record<string, Record<string, { operationId: string; responses: object }>> };
const document = JSON.parse(read("api/openapi.json")) as Document;

test("api/openapi.json is what the operations say (else: node api/generate.ts)", () => {
  const { version } = JSON.parse(read("package.json")) as { version: string };
  assert.equal(read("api/openapi.json"), documentText(version));
});

test("ids and routes are unique", () => {
  const ids = OPERATIONS.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  const routes = OPERATIONS.map(({ method, path }) => `${method} ${path}`);
  assert.equal(new Set(routes).size, routes.length);
});

test("every operation stands in the document, and nothing else does", () => {
  const documented = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map(({ operationId }) => operationId),
  );
  assert.deepEqual(documented.sort(), OPERATIONS.map(({ id }) => id).sort());
});

test("every operation documents its problems", () => {
  for (const operation of OPERATIONS) {
    const entry = document.paths[operation.path]![operation.method.toLowerCase()]!;
    for (const code of faultsOf(operation))
      assert.ok(String(ERRORS[code].status) in entry.responses, `${operation.id} lacks ${code}`);
    assert.ok("500" in entry.responses);
  }
});

/** A function checks its own handles when it starts (platform/http.ts); starting takes names alone, no tables. */
const environment = () => {
  for (const table of ["DIRECTORY", "CATALOG", "DELIVERY", "INBOX", "GUARD", "CONNECTIONS"])
    process.env[`TABLE_${table}`] ??= table.toLowerCase();
  process.env["AWS_REGION"] ??= "eu-central-1";
};

for (const fn of ["send", "manage", "client", "public", "apns-channels"]) {
  test(`${fn}: operations and handles are the same set`, async () => {
    environment();
    const { handler } = (await import(`../../functions/handlers/http/${fn}.ts`)) as { handler: unknown };
    assert.equal(typeof handler, "function");
  });
}

test("a function whose handles and operations differ does not start", () => {
  const operation = OPERATIONS.find(({ id }) => id === "health")!;
  const authorise = async () => ({ caller: undefined, headers: {} });
  assert.throws(
    () => httpHandler({ operations: [operation], authorise, handles: {} }),
    /operations without a handle: health/,
  );
  const handles = { health: async () => ({}), other: async () => ({}) };
  assert.throws(
    () => httpHandler({ operations: [operation], authorise, handles }),
    /handles of no operation: other/,
  );
});
