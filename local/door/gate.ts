import { type AccessRequest, authorize, type Decision } from "../iam/authorize.ts";
import type { Coverage } from "../iam/coverage.ts";
import type { Demand } from "../iam/demand.ts";
import type { Deployment, Statement } from "../template/model.ts";
import { AwsError } from "./aws-error.ts";
import type { Principal } from "./principal.ts";

export type Denial = { principal: string; action: string; resource: string; explicit: boolean };

export type GateOptions = {
  deployment: Deployment;
  coverage: Coverage;
  onDenied?: (denial: Denial) => void;
};

const MAX_CACHED = 10_000;

function requestOf(
  principal: Exclude<Principal, { kind: "admin" }>,
  demand: Demand,
  account: string,
): AccessRequest {
  const base = { "aws:SecureTransport": "true", ...demand.context };
  if (principal.kind === "role") {
    return {
      ...demand,
      principals: [principal.roleArn, `arn:aws:iam::${account}:root`, account],
      context: { ...base, "aws:PrincipalArn": principal.roleArn, "aws:PrincipalAccount": account },
    };
  }
  return {
    ...demand,
    principals: [principal.service],
    context: { ...base, "aws:SourceArn": principal.sourceArn, "aws:SourceAccount": account },
  };
}

function deny(
  caller: Caller,
  demand: Demand,
  decision: Decision,
  deniedCode: string,
  options: GateOptions,
): never {
  const name = caller.kind === "role" ? caller.roleArn : caller.service;
  const explicit = decision.decision === "explicitDeny";
  options.onDenied?.({ principal: name, action: demand.action, resource: demand.resource, explicit });
  const because = explicit ? "with an explicit deny" : "because no policy allows it";
  throw new AwsError(
    deniedCode,
    `User: ${name} is not authorized to perform: ${demand.action} on resource: ${demand.resource} ${because}`,
    403,
  );
}

type Caller = Exclude<Principal, { kind: "admin" }>;

const keyOf = (caller: Caller, demand: Demand) =>
  [
    caller.kind === "role" ? caller.roleArn : `${caller.service} ${caller.sourceArn}`,
    demand.action,
    demand.resource,
    demand.context ? JSON.stringify(demand.context) : "",
  ].join(" ");

/** Judges every demand of a call and keeps the coverage. */
export function createGate(options: GateOptions) {
  const { deployment, coverage } = options;
  const identity = new Map<string, Statement[]>(deployment.roles.map((role) => [role.arn, role.statements]));
  const allowed = new Set<string>();

  const judge = (caller: Caller, demand: Demand, deniedCode: string) => {
    const statements = caller.kind === "role" ? identity.get(caller.roleArn) : undefined;
    const request = requestOf(caller, demand, deployment.account);
    const decision = authorize(request, statements ?? [], demand.resourcePolicy);
    if (decision.decision !== "allow") deny(caller, demand, decision, deniedCode, options);
    if (caller.kind === "role") coverage.record(caller.roleArn, demand.action, decision.by);
  };

  const check = (principal: Principal, demands: readonly Demand[], deniedCode: string): void => {
    if (principal.kind === "admin") return;
    for (const demand of demands) {
      const key = keyOf(principal, demand);
      if (allowed.has(key)) continue;
      judge(principal, demand, deniedCode);
      if (allowed.size >= MAX_CACHED) allowed.clear();
      allowed.add(key);
    }
  };
  return { check, drop: (statementId: string) => drop(identity, allowed, statementId) };
}

/** Takes one statement out of its role, as an operator might by mistake; the answer puts it back. */
function drop(identity: Map<string, Statement[]>, allowed: Set<string>, statementId: string): () => void {
  const found = [...identity].find(([, statements]) => statements.some(({ id }) => id === statementId));
  if (found === undefined)
    throw new Error(`no role has a statement ${statementId}; GET /_local/coverage lists them`);
  const [arn, statements] = found;
  const put = (next: Statement[]) => {
    identity.set(arn, next);
    allowed.clear();
  };
  put(statements.filter(({ id }) => id !== statementId));
  return () => put(statements);
}
