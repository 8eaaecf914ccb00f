import * as z from "zod/mini";
import { ProblemAnswer } from "../functions/core/api/answers.ts";
import { APNS_CHANNEL_OPERATIONS } from "../functions/core/api/apns-channel-operations.ts";
import { CLIENT_OPERATIONS } from "../functions/core/api/client-operations.ts";
import { GATEWAY_OPERATIONS } from "../functions/core/api/gateway-operations.ts";
import { MANAGE_OPERATIONS } from "../functions/core/api/manage-operations.ts";
import type { Access, Operation } from "../functions/core/api/operation.ts";
import { PUBLIC_OPERATIONS } from "../functions/core/api/public-operations.ts";
import { SEND_OPERATIONS } from "../functions/core/api/send-operations.ts";
import { ERRORS, type ErrorCode } from "../functions/core/errors/app-error.ts";
import { Id } from "../functions/core/notification/request.ts";

export const OPERATIONS: readonly Operation[] = [
  ...SEND_OPERATIONS,
  ...APNS_CHANNEL_OPERATIONS,
  ...MANAGE_OPERATIONS,
  ...CLIENT_OPERATIONS,
  ...PUBLIC_OPERATIONS,
  ...GATEWAY_OPERATIONS,
];

const INTERNAL = {
  status: 500,
  title: "Something went wrong on our side; the request id leads to the log line",
};

const TAGS: Record<Operation["fn"], string> = {
  send: "Sending",
  "apns-channels": "Sending",
  manage: "Service side",
  client: "End users",
  public: "Open",
  gateway: "Open",
};

/** What an operation may answer beside its success. */
export function faultsOf(operation: Operation): ErrorCode[] {
  const { access, body, query, path, faults = [], fn } = operation;
  if (fn === "gateway") return [...faults, "unavailable"];
  const found = new Set<ErrorCode>([...faults, "rate_limited", "unavailable"]);
  if (!("open" in access)) found.add("unauthorized").add("forbidden");
  if ("key" in access) found.add("signature_invalid");
  if (body) found.add("invalid_json").add("json_too_deep").add("body_too_large").add("invalid_request");
  if (query || path.includes("{")) found.add("invalid_request");
  if (path.includes("{")) found.add("not_found");
  return [...found];
}

const schemaOf = (schema: z.ZodMiniType, io: "input" | "output"): Record<string, unknown> => {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
};

function parametersOf({ path, params, query }: Operation): object[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: schemaOf(params?.[name] ?? Id, "input"),
  }));
  if (query === undefined) return inPath;
  const { properties = {}, required = [] } = schemaOf(query, "input") as {
    properties?: Record<string, { description?: string }>;
    required?: string[];
  };
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
  return [...inPath, ...inQuery];
}

function bodyOf({ body, ndjson }: Operation): object {
  if (body === undefined) return {};
  const type = ndjson ? "application/x-ndjson" : "application/json";
  const schema = schemaOf(body, "input");
  return {
    requestBody: {
      required: true,
      ...(ndjson && {
        description: "One JSON document a line, up to 1,000 lines and 2 MB; the schema is one line's.",
      }),
      content: { [type]: { schema } },
    },
  };
}

function answersOf(operation: Operation): object {
  const { status, answer, mayCreate } = operation;
  const success = answer
    ? { description: "Done", content: { "application/json": { schema: schemaOf(answer, "output") } } }
    : { description: "Done; no body" };
  const byStatus = new Map<number, string[]>([[INTERNAL.status, [`internal: ${INTERNAL.title}`]]]);
  for (const code of faultsOf(operation).sort()) {
    const fault = ERRORS[code];
    byStatus.set(fault.status, [...(byStatus.get(fault.status) ?? []), `${code}: ${fault.title}`]);
  }
  const problems = [...byStatus]
    .sort(([a], [b]) => a - b)
    .map(([code, lines]) => [
      String(code),
      {
        description: lines.join("; "),
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    ]);
  const created = mayCreate && { "201": { ...success, description: "Created" } };
  return { [String(status)]: success, ...created, ...Object.fromEntries(problems) };
}

function securityOf(access: Access): object[] {
  if ("open" in access) return [];
  if ("user" in access) return [{ clientToken: [] }];
  if ("admin" in access) return [{ adminKey: [] }];
  return access.key === "apps" ? [{ apiKey: [access.key] }, { adminKey: [] }] : [{ apiKey: [access.key] }];
}

const entryOf = (operation: Operation): object => ({
  operationId: operation.id,
  summary: operation.summary,
  tags: [TAGS[operation.fn]],
  security: securityOf(operation.access),
  parameters: parametersOf(operation),
  ...bodyOf(operation),
  responses: answersOf(operation),
});

/** The OpenAPI document of all operations; the same operations give the same bytes. */
function openApiDocument(version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of [...OPERATIONS].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)))
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: entryOf(operation),
    };
  const bearer = (description: string) => ({ type: "http", scheme: "bearer", description });
  return {
    openapi: "3.1.0",
    info: {
      title: "Clarion",
      version,
      description: "One request in, delivered on every device, and every recipient can be explained.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: ".", description: "Where this document lies: the service stack's output ApiUrl" }],
    tags: [...new Set(Object.values(TAGS))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: schemaOf(ProblemAnswer, "output") },
      securitySchemes: {
        apiKey: bearer("A key of one app, ck_<app>.<id>.<secret>, with the scope that the operation names"),
        adminKey: bearer("The admin key of the deployment (Secrets Manager; its name is a stack output)"),
        clientToken: bearer("A JWT of an end user, signed by the app (HS256, or RS256/ES256 by key set)"),
      },
    },
  };
}

export const documentText = (version: string): string =>
  `${JSON.stringify(openApiDocument(version), undefined, 2)}\n`;
