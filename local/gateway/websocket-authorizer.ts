/** The REQUEST authorizer of `$connect`: no answer of it is ever cached on a WebSocket API. */

import type { Invocation } from "../lambda/protocol.ts";
import type { WebSocketRoute } from "../template/model.ts";
import { authorizerEvent, type ConnectionFacts, routeArn } from "./websocket-event.ts";

export type Verdict =
  | { allowed: true; context: Record<string, string | number | boolean> }
  | { allowed: false; status: number; message: string };

export type AuthorizerOptions = {
  authorizer: NonNullable<WebSocketRoute["authorizer"]>;
  facts: ConnectionFacts;
  nowMs: number;
  invoke(functionArn: string, event: unknown): Promise<Invocation>;
  onTrouble(text: string): void;
};

type PolicyAnswer = {
  principalId?: unknown;
  policyDocument?: {
    Statement?: { Effect?: string; Action?: string | string[]; Resource?: string | string[] }[];
  };
  context?: Record<string, unknown>;
};

const UNAUTHORIZED = { allowed: false, status: 401, message: "Unauthorized" } as const;
const FORBIDDEN = { allowed: false, status: 403, message: "Forbidden" } as const;
/** What API Gateway answers when the authorizer itself fails or returns something else than a policy. */
const FAILED = { allowed: false, status: 500, message: "Internal server error" } as const;

function identityValue(facts: ConnectionFacts, source: string): string | undefined {
  const [, kind, name = ""] = /^route\.request\.(header|querystring)\.(.+)$/.exec(source) ?? [];
  if (kind === "querystring") return facts.query.single?.[name];
  const found = Object.entries(facts.headers.single).find(
    ([key]) => key.toLowerCase() === name.toLowerCase(),
  );
  return kind === "header" ? found?.[1] : undefined;
}

function patternMatches(pattern: string, text: string): boolean {
  const parts = pattern
    .split("*")
    .map((part) => part.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("?", "."));
  return new RegExp(`^${parts.join(".*")}$`, "i").test(text);
}

function listOf(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : [value].flat();
}

function effects(answer: PolicyAnswer, arn: string): Set<string | undefined> {
  const applying = (answer.policyDocument?.Statement ?? []).filter(
    ({ Action, Resource }) =>
      listOf(Action).some((action) => patternMatches(action, "execute-api:Invoke")) &&
      listOf(Resource).some((resource) => patternMatches(resource, arn)),
  );
  return new Set(applying.map(({ Effect }) => Effect));
}

function contextOf(answer: PolicyAnswer): Record<string, string | number | boolean> | undefined {
  const entries = Object.entries(answer.context ?? {});
  const isFlat = entries.every(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  if (!isFlat) return undefined;
  return {
    principalId: String(answer.principalId),
    ...(Object.fromEntries(entries) as Record<string, string>),
  };
}

export async function authorize(options: AuthorizerOptions): Promise<Verdict> {
  const { authorizer, facts } = options;
  if (authorizer.identitySources.some((source) => !identityValue(facts, source))) return UNAUTHORIZED;
  const invocation = await options.invoke(authorizer.functionArn, authorizerEvent(facts, options.nowMs));
  if (!invocation.ok) {
    options.onTrouble(`authorizer: ${invocation.error.errorType}: ${invocation.error.errorMessage}`);
    return invocation.error.errorMessage === "Unauthorized" ? UNAUTHORIZED : FAILED;
  }
  const answer = (invocation.payload ?? {}) as PolicyAnswer;
  const context = contextOf(answer);
  if (answer.policyDocument?.Statement === undefined || context === undefined) {
    options.onTrouble(
      "authorizer: it must return an IAM policy, and a context of strings, numbers and booleans only",
    );
    return FAILED;
  }
  const found = effects(answer, routeArn(facts, "$connect"));
  return found.has("Allow") && !found.has("Deny") ? { allowed: true, context } : FORBIDDEN;
}
