/**
 * What a synthesised cloud assembly says, resolved: every intrinsic evaluated, every name given.
 * `loadDeployment` (local/template/load.ts) is the only producer; everything else in local/ consumes it.
 */

/** One IAM statement after intrinsic resolution. `id` is `<logical id of the policy>#<index>`, stable across runs. */
export type Statement = {
  id: string;
  effect: "Allow" | "Deny";
  actions: string[];
  resources: string[];
  /** operator -> key -> accepted values, e.g. {StringEquals: {"iam:PassedToService": ["scheduler.amazonaws.com"]}} */
  conditions: Record<string, Record<string, string[]>>;
  /** Resource policies only: service principals or role ARNs; `*` for anyone. */
  principals: string[];
};

export type Role = {
  logicalId: string;
  name: string;
  arn: string;
  /** Services that may assume it, e.g. `lambda.amazonaws.com`. */
  trustedServices: string[];
  statements: Statement[];
};

export type Queue = {
  logicalId: string;
  name: string;
  arn: string;
  visibilityTimeoutS: number;
  delayS: number;
  retentionS: number;
  maximumMessageBytes: number;
  redrive?: { deadLetterArn: string; maxReceiveCount: number };
  /** AWS::SQS::QueuePolicy statements that apply to this queue. */
  policy: Statement[];
};

export type TableKey = { name: string; type: "S" | "N" | "B"; role: "HASH" | "RANGE" };

export type Table = {
  logicalId: string;
  name: string;
  arn: string;
  keys: TableKey[];
  indexes: {
    name: string;
    keys: TableKey[];
    projection: "ALL" | "KEYS_ONLY" | "INCLUDE";
    include: string[];
  }[];
  ttlAttribute?: string;
  pointInTimeRecovery: boolean;
};

export type LocalFunction = {
  logicalId: string;
  name: string;
  arn: string;
  roleArn: string;
  /** `index.handler` */
  handler: string;
  /** Absolute folder of the shipped bundle. */
  codeFolder: string;
  /** Source entry relative to the repository (from metadata `clarion:entry`), for `--watch`. */
  entry?: string;
  environment: Record<string, string>;
  timeoutS: number;
  memoryMb: number;
  reservedConcurrency?: number;
  recursiveLoop: "Allow" | "Terminate";
  /** Its role must be allowed to write here, or it has no log. */
  logGroupName: string;
};

export type EventSource = {
  logicalId: string;
  functionArn: string;
  queueArn: string;
  batchSize: number;
  batchingWindowS: number;
  maximumConcurrency?: number;
  reportBatchItemFailures: boolean;
};

export type RestRoute = {
  method: string;
  /** API Gateway form: `/v1/users/{user}` or `/{proxy+}` */
  path: string;
  integration:
    | { kind: "lambda"; functionArn: string }
    | { kind: "mock"; statusCode: number; headers: Record<string, string> }
    | QueueIntegration;
  /** Instead of the stage's. */
  throttle?: Throttle;
};

/** API Gateway itself sends what comes to a queue, as a Velocity template says. */
export type QueueIntegration = {
  kind: "queue";
  queueName: string;
  roleArn: string;
  /** By media type; a request of another type is refused. */
  requestTemplates: Record<string, string>;
  /** The first whose pattern is the whole of SQS's status, else the one without. */
  answers: { pattern?: string; statusCode: number; headers: Record<string, string>; template: string }[];
};

export type Throttle = { rateLimit: number; burstLimit: number };

export type RestApi = {
  logicalId: string;
  id: string;
  stage: string;
  routes: RestRoute[];
  throttle?: Throttle;
  /** Media types whose bodies pass as bytes; everything else is text, even when an answer says base64. */
  binaryMediaTypes?: string[];
};

export type WebSocketRoute = {
  /** `$connect`, `$disconnect`, `$default`, `ping`, … */
  key: string;
  integration: { kind: "lambda"; functionArn: string } | { kind: "mock"; response?: string };
  authorizer?: { functionArn: string; identitySources: string[] };
};

export type WebSocketApi = {
  logicalId: string;
  id: string;
  stage: string;
  routeSelectionExpression: string;
  routes: WebSocketRoute[];
  throttle?: Throttle;
};

/** AWS::Events::Rule */
export type Rule = {
  logicalId: string;
  name: string;
  arn: string;
  /** `rate(1 minute)`, `cron(0 3 * * ? *)` */
  scheduleExpression?: string;
  eventPattern?: Record<string, unknown>;
  targets: { id: string; arn: string; input?: string; roleArn?: string }[];
};

export type Secret = {
  logicalId: string;
  name: string;
  arn: string;
  /** GenerateSecretString of the template; the value is made once and kept in the state folder. */
  generate?: { template?: string; key?: string; length: number; excludePunctuation: boolean };
  literal?: string;
};

/** AWS::KMS::Key that encrypts; its rights are those that IAM gives. */
export type EncryptionKey = {
  logicalId: string;
  keyId: string;
  arn: string;
  tags: Record<string, string>;
  /** Its material is replaced once a year. */
  rotates: boolean;
};

export type Permission = { functionArn: string; principal: string; sourceArn?: string };

export type Deployment = {
  region: string;
  account: string;
  roles: Role[];
  queues: Queue[];
  tables: Table[];
  functions: LocalFunction[];
  eventSources: EventSource[];
  restApis: RestApi[];
  webSocketApis: WebSocketApi[];
  rules: Rule[];
  /** Queues that a topic's messages go to. */
  subscriptions: { topicArn: string; queueArn: string }[];
  /** Functions that a log group's lines go to. */
  logSubscriptions: { logGroupName: string; functionArn: string }[];
  scheduleGroups: { logicalId: string; name: string; arn: string }[];
  secrets: Secret[];
  keys: EncryptionKey[];
  permissions: Permission[];
  /** CloudFormation outputs of all stacks, resolved: output key -> value. */
  outputs: Record<string, string>;
};
