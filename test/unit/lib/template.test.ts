import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { App } from "aws-cdk-lib";
import { type ConfigInput, resolveConfig } from "../../../lib/config/config.ts";
import { ServiceStack } from "../../../lib/stacks/service-stack.ts";
import { StateStack } from "../../../lib/stacks/state-stack.ts";
import { ofCredentials } from "./template-credentials.ts";
import { onAws } from "./template-on-aws.ts";
import {
  flat,
  list,
  type Properties,
  resourcesOf,
  rightsOf,
  statementsOf,
  statementsOfIdentities,
} from "./template-reader.ts";
import { MAY_HAVE_WILDCARD } from "./wildcards.ts";

// Bundles go to one folder, dist/functions: this file is the only one that synthesises in its own process.
const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The two templates as bin/app.ts makes them, with an empty configuration if none is given, byte for byte. */
function synthesise(input: ConfigInput = {}): { state: string; service: string } {
  const outdir = mkdtempSync(join(tmpdir(), "clarion-template-test-"));
  folders.push(outdir);
  const clarion = resolveConfig(input);
  const app = new App({ outdir });
  const env = { ...(clarion.region && { region: clarion.region }) };
  const state = new StateStack(app, "ClarionState", { clarion, env });
  new ServiceStack(app, "ClarionService", { clarion, env, state });
  app.synth();
  const read = (stack: string) => readFileSync(join(outdir, `${stack}.template.json`), "utf8");
  return { state: read("ClarionState"), service: read("ClarionService") };
}

const first = synthesise();
const state = resourcesOf(first.state);
const service = resourcesOf(first.service);
const everything = [...Object.entries(state), ...Object.entries(service)];

const ofType = (type: string): [id: string, properties: Properties][] =>
  everything.filter(([, { Type }]) => Type === type).map(([id, { Properties }]) => [id, Properties ?? {}]);

/** Every statement of every identity. */
const identityStatements = () => statementsOfIdentities(everything);

test("no identity may do an action that is not named", () => {
  const statements = [...identityStatements()];
  assert.ok(statements.length > 40, `only ${statements.length} statements`);
  for (const [id, statement] of statements) {
    const where = `${id} ${statement.Sid}`;
    // What is taken back needs no bounds: text messages may be published, topics may not.
    if (statement.Sid === "PublishToTopics") continue;
    assert.equal(statement.Effect, "Allow", where);
    assert.ok(list(statement.Action).length > 0, `${where} names no action`);
    for (const action of list(statement.Action)) assert.match(action, /^[a-z0-9-]+:[A-Za-z]+$/, where);
    assert.ok(!("NotAction" in statement || "NotResource" in statement), where);
  }
  // API Gateway takes AWS's own policy alone for its logs, and none of the functions has that role.
  for (const [id, role] of ofType("AWS::IAM::Role"))
    if (!id.startsWith("HttpApiCloudWatchRole"))
      assert.equal(role["ManagedPolicyArns"], undefined, `${id} has rights that AWS may change`);
});

test("a resource has a wildcard only where its name is made at run time", () => {
  const used = new Set<string>();
  for (const [id, { Sid = "", Effect, Action, Resource }] of identityStatements()) {
    if (Effect === "Deny") continue;
    assert.ok(list(Resource).length > 0, `${id} ${Sid} names no resource`);
    for (const arn of list(Resource)
      .map(flat)
      .filter((text) => /[*?]/.test(text))) {
      const known = MAY_HAVE_WILDCARD[Sid];
      assert.ok(known, `${id} ${Sid} has ${arn}`);
      assert.match(arn, known.resource, id);
      const { wildcards = 1 } = known;
      assert.equal(arn.split(/[*?]/).length - 1, wildcards, `${arn} has more wildcards than its name needs`);
      for (const action of list(Action)) assert.match(action, known.actions, id);
      used.add(Sid);
    }
  }
  assert.deepEqual([...used].sort(), Object.keys(MAY_HAVE_WILDCARD).sort(), "the list is not up to date");
});

test("tables survive their stack, and can be restored where the design says", () => {
  const tables = Object.entries(state).filter(([, { Type }]) => Type.startsWith("AWS::DynamoDB::"));
  const restorable: string[] = [];
  for (const [id, table] of tables) {
    assert.equal(table.DeletionPolicy, "Retain", id);
    assert.equal(table.Properties?.["BillingMode"], "PAY_PER_REQUEST", id);
    const replicas = table.Properties?.["Replicas"] as Properties[];
    assert.equal(replicas.length, 1, id);
    assert.equal(replicas[0]?.["DeletionProtectionEnabled"], true, id);
    const recovery = replicas[0]?.["PointInTimeRecoverySpecification"] as Properties | undefined;
    if (recovery?.["PointInTimeRecoveryEnabled"] === true) restorable.push(id.replace(/Table\w{8}$/, ""));
  }
  assert.equal(tables.length, 6);
  assert.deepEqual(restorable.sort(), ["Catalog", "Delivery", "Directory", "Inbox"]);
  assert.ok(!Object.values(service).some(({ Type }) => Type.startsWith("AWS::DynamoDB::")));
});

test("every queue refuses plain HTTP and leads to a dead-letter queue, or is one", () => {
  const queues = ofType("AWS::SQS::Queue");
  const refusing = new Set(
    ofType("AWS::SQS::QueuePolicy")
      .flatMap(([, { PolicyDocument }]) => statementsOf(PolicyDocument))
      .filter(
        ({ Effect, Action, Condition }) =>
          Effect === "Deny" &&
          Action === "sqs:*" &&
          (Condition as { Bool?: Properties }).Bool?.["aws:SecureTransport"] === "false",
      )
      .flatMap(({ Resource }) => list(Resource).map(flat)),
  );
  const redrive = (properties: Properties) =>
    properties["RedrivePolicy"] as { deadLetterTargetArn: unknown; maxReceiveCount: number } | undefined;
  const dead = new Set(queues.flatMap(([, own]) => flat(redrive(own)?.deadLetterTargetArn ?? "")));
  assert.equal(queues.length, 29);
  for (const [id, own] of queues) {
    assert.ok(refusing.has(`<${id}.Arn>`), `${id} takes plain HTTP`);
    const isDead = dead.has(`<${id}.Arn>`);
    assert.equal(redrive(own) === undefined, isDead, `${id} has no dead-letter queue`);
    assert.equal(isDead, /Dead\w{8}$/.test(id), `${id} is named wrongly`);
  }
});

test("every function is nodejs24.x on arm64 with a log group and a role of its own", () => {
  const functions = ofType("AWS::Lambda::Function");
  const logs = new Map(ofType("AWS::Logs::LogGroup"));
  assert.equal(functions.length, 18);
  const seen = new Set<string>();
  for (const [id, own] of functions) {
    assert.equal(own["Runtime"], "nodejs24.x", id);
    assert.deepEqual(own["Architectures"], ["arm64"], id);
    const { LogGroup } = own["LoggingConfig"] as { LogGroup: { Ref: string } };
    assert.equal(logs.get(LogGroup.Ref)?.["RetentionInDays"], 30, `${id} logs for ever`);
    for (const mine of [LogGroup.Ref, flat(own["Role"])]) {
      assert.ok(!seen.has(mine), `${id} shares ${mine}`);
      seen.add(mine);
    }
  }
});

const COSTS_WHILE_IDLE = [
  /^AWS::(EC2|RDS|ElastiCache|MemoryDB|DAX|ECS|EKS|AutoScaling|ElasticLoadBalancing|ElasticLoadBalancingV2)::/,
  /^AWS::(OpenSearchService|OpenSearchServerless|Elasticsearch|MSK|AmazonMQ|Redshift|Neptune|DocDB|EFS|FSx)::/,
  /^AWS::Kinesis::Stream/,
  /^AWS::(WAF|WAFv2|WAFRegional|GlobalAccelerator|NetworkFirewall)::/,
  /^AWS::KMS::(Key|ReplicaKey)$/,
  /^AWS::Route53Resolver::/,
];
const PROPERTIES_COST_WHILE_IDLE =
  /"(ProvisionedConcurrencyConfig|ProvisionedConcurrentExecutions|ProvisionedPollerConfig|ProvisionedThroughput|VpcConfig|MinimumPollers)":|"CacheClusterEnabled": ?true/;

test("nothing is priced by the hour", () => {
  for (const [id, { Type }] of everything)
    for (const pattern of COSTS_WHILE_IDLE) assert.doesNotMatch(Type, pattern, id);
  for (const text of [first.state, first.service]) assert.doesNotMatch(text, PROPERTIES_COST_WHILE_IDLE);
});

test("event sources have a maximum concurrency only for low priority and in-app", () => {
  const sources = ofType("AWS::Lambda::EventSourceMapping");
  assert.equal(sources.length, 20);
  const limited: Record<string, unknown> = {};
  for (const [id, own] of sources) {
    assert.deepEqual(own["FunctionResponseTypes"], ["ReportBatchItemFailures"], id);
    const scaling = own["ScalingConfig"] as { MaximumConcurrency: number } | undefined;
    const queue = /^<Queues(\w+)\w{8}\.Arn>$/.exec(flat(own["EventSourceArn"]))?.[1] ?? id;
    if (scaling !== undefined) limited[queue] = scaling.MaximumConcurrency;
  }
  assert.deepEqual(limited, {
    PlanLow: 5,
    DispatchMobilePushLow: 5,
    DispatchWebPushLow: 5,
    DispatchInAppHigh: 20,
    DispatchInAppNormal: 20,
    DispatchInAppLow: 5,
  });
});

test("environments of the in-app dispatcher share half of what API Gateway posts in a second", () => {
  const inApp = ofType("AWS::Lambda::EventSourceMapping").filter(([, own]) =>
    flat(own["EventSourceArn"]).includes("DispatchInApp"),
  );
  const environments = inApp.reduce(
    (sum, [, own]) => sum + (own["ScalingConfig"] as { MaximumConcurrency: number }).MaximumConcurrency,
    0,
  );
  const [, own] = ofType("AWS::Lambda::Function").find(([id]) => id.includes("DispatchInApp"))!;
  const { Variables } = own["Environment"] as { Variables: Record<string, string> };
  const { socketPostsPerEnvironmentS } = JSON.parse(Variables["CLARION_SETTINGS"]!) as Record<string, number>;
  assert.equal(environments, 45);
  assert.equal(Math.round(environments * socketPostsPerEnvironmentS!), 5_000);
});

test("there are few alarms, and each leads to its article", () => {
  const alarms = ofType("AWS::CloudWatch::Alarm");
  assert.ok(alarms.length >= 20 && alarms.length <= 30, `${alarms.length} alarms`);
  for (const [id, { AlarmDescription, AlarmActions }] of alarms) {
    const name = /^Alarms(\w+)[0-9A-F]{8}$/.exec(id)?.[1];
    assert.ok(name, `${id} is not named as an alarm`);
    const link = ` Runbook: https://clarion.example/docs/operations/runbook#${name.toLowerCase()}`;
    assert.ok(String(AlarmDescription).endsWith(link), `${id}: ${AlarmDescription}`);
    assert.equal(list(AlarmActions).length, 1, `${id} tells nobody`);
  }
});

test("the same sources give the same templates, byte for byte", () => {
  const second = synthesise();
  assert.ok(first.state === second.state, "the state stack differs");
  assert.ok(first.service === second.service, "the service stack differs: a bundle or a name is not stable");
});

test("who reads SNS's delivery log: one function, both groups, no right that the sender does not have anyway", () => {
  const logged = resourcesOf(synthesise({ smsDeliveryLogs: true }).service);
  assert.deepEqual(rightsOf(logged, "DispatchSms"), rightsOf(service, "DispatchSms"));
  assert.deepEqual(rightsOf(logged, "TextReceipts"), [
    "WriteOwnLog: logs:CreateLogStream,logs:PutLogEvents",
    "SendToQueues: sqs:SendMessage",
  ]);
  const groups = Object.values(logged)
    .filter(({ Type }) => Type === "AWS::Logs::SubscriptionFilter")
    .map(({ Properties }) => flat(Properties?.["LogGroupName"]));
  const group = "sns/<AWS::Region>/<AWS::AccountId>/DirectPublishToPhoneNumber";
  assert.deepEqual(groups, [group, `${group}/Failure`]);
  const callers = Object.values(logged)
    .filter(({ Properties }) => Properties?.["Principal"] === "logs.amazonaws.com")
    .map(({ Properties }) => flat(Properties?.["SourceArn"]));
  assert.deepEqual(
    callers.map((arn) =>
      arn.replace(/^arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:/, ""),
    ),
    [`${group}:*`, `${group}/Failure:*`],
  );
  const headings = readFileSync("docs/operations/runbook.md", "utf8").match(/^## DeliveryLogErrors$/m);
  const alarm = Object.keys(logged).some((id) => id.startsWith("AlarmsDeliveryLogErrors"));
  assert.deepEqual([headings !== null, alarm], [true, true]);
});

test("who reads what anybody may post to API Gateway may hand it on, and do nothing else", () => {
  const own = rightsOf(service, "Receipts").filter((right) => !right.includes("sqs:ReceiveMessage"));
  assert.deepEqual(own, [
    "WriteOwnLog: logs:CreateLogStream,logs:PutLogEvents",
    "SendToQueues: sqs:SendMessage",
    "CatalogTable: dynamodb:GetItem",
    "GuardTable: dynamodb:UpdateItem",
    "ReadCURSORSECRET: secretsmanager:GetSecretValue",
  ]);
  assert.ok(!rightsOf(service, "Public").some((right) => right.includes("sqs:")));
});

// What the local runtime would not show.
onAws({ synthesise, state, service });
ofCredentials({ synthesise, state, service });
