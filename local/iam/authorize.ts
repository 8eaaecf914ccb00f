import type { Statement } from "../template/model.ts";
import { type Context, conditionsHold } from "./conditions.ts";
import { matchesPattern } from "./pattern.ts";

export type AccessRequest = {
  action: string;
  resource: string;
  context?: Context;
  /** The names under which a resource policy may know the caller: role ARN, account root, or service name. */
  principals?: string[];
};

export type Decision = {
  decision: "allow" | "implicitDeny" | "explicitDeny";
  /** Every statement that would allow it alone. */
  by: Statement[];
};

function applies(statement: Statement, request: AccessRequest): boolean {
  return (
    statement.actions.some((action) => matchesPattern(action, request.action, true)) &&
    statement.resources.some((resource) => matchesPattern(resource, request.resource)) &&
    conditionsHold(statement.conditions, request.context ?? {})
  );
}

const names = (statement: Statement, request: AccessRequest) =>
  statement.principals.some((principal) => principal === "*" || request.principals?.includes(principal));

/** One account's rule: an identity or a resource statement must allow, and none of either may deny. */
export function authorize(
  request: AccessRequest,
  identityStatements: readonly Statement[],
  resourceStatements: readonly Statement[] = [],
): Decision {
  const applying = [
    ...identityStatements.filter((statement) => applies(statement, request)),
    ...resourceStatements.filter((statement) => names(statement, request) && applies(statement, request)),
  ];
  if (applying.some((statement) => statement.effect === "Deny")) return { decision: "explicitDeny", by: [] };
  return applying.length > 0 ? { decision: "allow", by: applying } : { decision: "implicitDeny", by: [] };
}
