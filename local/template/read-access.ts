/** Roles with their policies, and who may invoke which function. */

import type { Permission, Role, Statement } from "./model.ts";
import { listOf, optionalText, record, records, text, texts } from "./property.ts";
import type { Properties, World } from "./world.ts";

/** Managed policies that only grant what has no counterpart here: logs are collected from standard output. */
const managedWithoutEffect = new Set([
  // API Gateway writes its own access logs; none are written here.
  "service-role/AmazonAPIGatewayPushToCloudWatchLogs",
  "service-role/AWSLambdaBasicExecutionRole",
  "AWSXRayDaemonWriteAccess",
]);

function conditionsOf(value: unknown): Statement["conditions"] {
  const operators = Object.entries(record(value)).map(([operator, keys]) => {
    const entries = Object.entries(record(keys)).map(([key, accepted]) => [key, texts(accepted)] as const);
    return [operator, Object.fromEntries(entries)] as const;
  });
  return Object.fromEntries(operators);
}

function principalsOf(value: unknown): string[] {
  if (value === undefined) return [];
  if (value === "*") return ["*"];
  return Object.values(record(value)).flatMap(texts);
}

export function statementsOf(document: unknown, policyId: string): Statement[] {
  return records(record(document)["Statement"]).map((statement, index) => {
    for (const unsupported of ["NotAction", "NotResource", "NotPrincipal"]) {
      if (statement[unsupported] === undefined) continue;
      throw new Error(
        `${policyId}#${index}: ${unsupported} is not evaluated here; say what is allowed instead`,
      );
    }
    return {
      id: `${policyId}#${index}`,
      effect: statement["Effect"] === "Deny" ? "Deny" : "Allow",
      actions: texts(statement["Action"]),
      resources: texts(statement["Resource"]),
      conditions: conditionsOf(statement["Condition"]),
      principals: principalsOf(statement["Principal"]),
    };
  });
}

function checkManagedPolicies(properties: Properties, logicalId: string): void {
  for (const arn of texts(properties["ManagedPolicyArns"])) {
    const name = arn.slice(arn.indexOf(":policy/") + ":policy/".length);
    if (managedWithoutEffect.has(name)) continue;
    throw new Error(
      `${logicalId}: managed policy ${arn} is not known here; write its statements into the template`,
    );
  }
}

export function readRoles(world: World): Role[] {
  const roles = world.ofType("AWS::IAM::Role").map((resource): Role => {
    const properties = resource.properties();
    checkManagedPolicies(properties, resource.logicalId);
    const trust = statementsOf(properties["AssumeRolePolicyDocument"], `${resource.logicalId}/trust`);
    const inline = records(properties["Policies"]).flatMap((policy) =>
      statementsOf(
        policy["PolicyDocument"],
        `${resource.logicalId}/${optionalText(policy, "PolicyName") ?? ""}`,
      ),
    );
    return {
      logicalId: resource.logicalId,
      name: resource.name,
      arn: text({ ...resource, properties: () => resource.attributes }, "Arn"),
      trustedServices: trust.flatMap((statement) => statement.principals),
      statements: inline,
    };
  });
  // What does not fit into a role's own policy is put into a managed one of the same shape.
  for (const policy of [...world.ofType("AWS::IAM::Policy"), ...world.ofType("AWS::IAM::ManagedPolicy")]) {
    const properties = policy.properties();
    const statements = statementsOf(properties["PolicyDocument"], policy.logicalId);
    for (const name of listOf(properties["Roles"])) {
      const role = roles.find((one) => one.name === name);
      if (role === undefined) throw new Error(`${policy.logicalId}: no role ${String(name)} in the template`);
      role.statements.push(...statements);
    }
  }
  return roles;
}

export function readPermissions(world: World): Permission[] {
  return world.ofType("AWS::Lambda::Permission").map((resource) => {
    const properties = resource.properties();
    const sourceArn = optionalText(properties, "SourceArn");
    const functionArn = functionArnOf(text(resource, "FunctionName"), world);
    return { functionArn, principal: text(resource, "Principal"), ...(sourceArn && { sourceArn }) };
  });
}

/** Properties called `FunctionName` hold an ARN or a plain name. */
export function functionArnOf(nameOrArn: string, world: World): string {
  if (nameOrArn.startsWith("arn:")) return nameOrArn;
  return `arn:aws:lambda:${world.place.region}:${world.place.account}:function:${nameOrArn}`;
}
