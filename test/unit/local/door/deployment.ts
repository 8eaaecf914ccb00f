import type { Deployment, Queue, Role, Statement, Table } from "../../../../local/template/model.ts";

export const REGION = "us-east-1";
export const ACCOUNT = "000000000000";

export function statement(
  id: string,
  actions: string[],
  resources: string[],
  more: Partial<Statement> = {},
): Statement {
  return { id, effect: "Allow", actions, resources, conditions: {}, principals: [], ...more };
}

export function role(
  logicalId: string,
  statements: Statement[],
  trustedServices = ["lambda.amazonaws.com"],
): Role {
  return {
    logicalId,
    name: logicalId.toLowerCase(),
    arn: `arn:aws:iam::${ACCOUNT}:role/${logicalId.toLowerCase()}`,
    trustedServices,
    statements,
  };
}

export function queue(name: string, more: Partial<Queue> = {}): Queue {
  return {
    logicalId: name,
    name,
    arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`,
    visibilityTimeoutS: 30,
    delayS: 0,
    retentionS: 345_600,
    maximumMessageBytes: 1_048_576,
    policy: [],
    ...more,
  };
}

export function table(name: string, more: Partial<Table> = {}): Table {
  return {
    logicalId: name,
    name,
    arn: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`,
    keys: [
      { name: "pk", type: "S", role: "HASH" },
      { name: "sk", type: "S", role: "RANGE" },
    ],
    indexes: [],
    pointInTimeRecovery: false,
    ...more,
  };
}

export function deployment(more: Partial<Deployment> = {}): Deployment {
  return {
    region: REGION,
    account: ACCOUNT,
    roles: [],
    queues: [],
    tables: [],
    functions: [],
    eventSources: [],
    restApis: [],
    webSocketApis: [],
    rules: [],
    subscriptions: [],
    logSubscriptions: [],
    scheduleGroups: [],
    secrets: [],
    keys: [],
    permissions: [],
    outputs: {},
    ...more,
  };
}
