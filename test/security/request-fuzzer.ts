import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Validator } from "@cfworker/json-schema";
import fc from "fast-check";
import { OPERATIONS } from "../../api/document.ts";
import type { Operation } from "../../functions/core/api/operation.ts";
import { ADMIN_KEY, type Answer } from "../unit/platform/http-world.ts";
import type { HttpApp, HttpWorld } from "./http-app.ts";
import { fitting, ODD_IDS, type Schema, spoiled } from "./schema-values.ts";

type Parameter = { name: string; in: "path" | "query"; schema: Schema };
type Content = Record<string, { schema: Schema & { $ref?: string } }>;
type Entry = {
  parameters: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, { content?: Content }>;
};
type Document = {
  paths: Record<string, Record<string, Entry>>;
  components: { schemas: Record<string, Schema> };
};

const DOCUMENT = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../api/openapi.json"), "utf8"),
) as Document;

export type FuzzWorld = {
  world: HttpWorld;
  /** Whose key is used. */
  app: HttpApp;
  /** The app that requests about apps change, break and remove. */
  victim: HttpApp;
};
export type Run = { requests: number; seed: number };
type Request = { route: string; text?: string };
export type Finding = { operation: string; what: string; request: Request };

/**
 * Removing the victim comes last, so that the others have something to work on. What API Gateway serves by itself has
 * tests of its own (test/unit/lib/receipt-intake.test.ts).
 */
export const FUZZED: readonly Operation[] = OPERATIONS.filter(({ fn }) => fn !== "gateway").sort(
  (a, b) => Number(a.id === "removeApp") - Number(b.id === "removeApp"),
);

/** Requests of one operation, half of them by the schema; what was answered and should not have been. */
export async function fuzzOperation(on: FuzzWorld, operation: Operation, run: Run) {
  const entry = DOCUMENT.paths[operation.path]![operation.method.toLowerCase()]!;
  const findings: Finding[] = [];
  const statuses: Record<number, number> = {};
  const requests = fc.sample(requestsOf(on, operation, entry), { numRuns: run.requests, seed: run.seed });
  const users = `fuzz-${run.seed}`;
  for (const [n, request] of requests.entries()) {
    const key = keyFor(on, operation, `${users}-${n}`);
    const text = request.text !== undefined && { text: request.text };
    const answer = await on.world.call(operation.fn, request.route, { ...(key && { key }), ...text });
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    const what = faultOf(entry, answer);
    if (what !== undefined) findings.push({ operation: operation.id, what, request });
  }
  return { findings, statuses };
}

function keyFor({ app }: FuzzWorld, { access }: Operation, user: string): string | undefined {
  if ("open" in access) return undefined;
  if ("user" in access) return app.token(user);
  return "admin" in access || access.key === "apps" ? ADMIN_KEY : app.key;
}

function requestsOf(on: FuzzWorld, operation: Operation, entry: Entry): fc.Arbitrary<Request> {
  const ids = operation.path.startsWith("/v1/apps") ? on.victim.ids : on.app.ids;
  // Made once: a generator made anew for each request costs more than the request.
  const requests = (valid: boolean): fc.Arbitrary<Request> =>
    fc
      .tuple(pathOf(operation, ids, valid), queryOf(entry, on.app.id, valid), bodyOf(operation, entry, valid))
      .map(([path, query, text]) => ({
        route: `${operation.method} ${path}${query}`,
        ...(text !== undefined && { text }),
      }));
  return fc.oneof(requests(true), requests(false));
}

const HOSTILE_PARTS = [
  "%00",
  "%",
  "%ff",
  "..%2f..",
  "a%23b",
  "%F0%9F%92%A9",
  "a%20b",
  "x".repeat(129),
  "%2E",
];

function pathOf({ path }: Operation, ids: Record<string, string>, valid: boolean): fc.Arbitrary<string> {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const parts = names.map((name) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constant(ids[name] ?? "none") },
      fc.constantFrom(...ODD_IDS).map(encodeURIComponent),
      ...(valid ? [] : [fc.constantFrom(...HOSTILE_PARTS)]),
    ),
  );
  return fc.tuple(...parts).map((values) => path.replaceAll(/\{\w+\}/g, () => values.shift() ?? ""));
}

function queryOf({ parameters }: Entry, app: string, valid: boolean): fc.Arbitrary<string> {
  // A cursor is only ours to make: two-apps.test.ts forges them.
  const inQuery = parameters.filter((parameter) => parameter.in === "query" && parameter.name !== "cursor");
  const schema: Schema = {
    type: "object",
    properties: Object.fromEntries(
      inQuery.map(({ name, schema }) => [name, name === "app" ? { const: app } : schema]),
    ),
  };
  const values = valid ? fitting(schema) : spoiled(fitting(schema));
  return values.map((value) => {
    const fields = Object.entries(value !== null && typeof value === "object" ? value : { x: value });
    return fields.length === 0
      ? ""
      : `?${new URLSearchParams(fields.map(([k, v]): [string, string] => [k, String(v)]))}`;
  });
}

function bodyOf({ ndjson }: Operation, entry: Entry, valid: boolean): fc.Arbitrary<string | undefined> {
  const [content] = Object.values(entry.requestBody?.content ?? {});
  if (content === undefined) return fc.constant(undefined);
  const documents = valid ? fitting(content.schema) : spoiled(fitting(content.schema));
  const texts = documents.map((document) => JSON.stringify(document));
  const lines = ndjson
    ? fc.array(texts, { minLength: 1, maxLength: 5 }).map((some) => some.join("\n"))
    : texts;
  return valid ? lines : fc.oneof({ weight: 4, arbitrary: lines }, fc.tuple(lines, fc.nat(99)).map(cut));
}

/** A text that ends too early, or goes on. */
const cut = ([text, n]: [string, number]): string =>
  n < 80 ? text.slice(0, Math.floor((text.length * n) / 80)) : `${text}${text[n % text.length] ?? "x"}`;

/** What is wrong with an answer; undefined when the document describes it. */
function faultOf({ responses }: Entry, { status, headers, body }: Answer): string | undefined {
  if (status >= 500) return `answered ${status}`;
  const described = responses[String(status)];
  if (described === undefined) return `answered ${status}, which the document does not have`;
  const [type, content] = Object.entries(described.content ?? {})[0] ?? [];
  if (type === undefined || content === undefined)
    return Object.keys(body).length === 0 ? undefined : `answered ${status} with a body`;
  if (headers["Content-Type"] !== type) return `answered ${headers["Content-Type"]} instead of ${type}`;
  const { valid, errors } = validator(content.schema).validate(body);
  return valid ? undefined : `answered ${status} unlike its schema: ${JSON.stringify(errors.at(-1))}`;
}

const validators = new Map<object, Validator>();

function validator(schema: Schema & { $ref?: string }): Validator {
  const known = validators.get(schema);
  if (known) return known;
  const name = schema.$ref?.split("/").at(-1);
  const meant = name === undefined ? schema : DOCUMENT.components.schemas[name]!;
  const made = new Validator(meant as ConstructorParameters<typeof Validator>[0], "2020-12");
  validators.set(schema, made);
  return made;
}
