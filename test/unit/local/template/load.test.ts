import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { loadDeployment } from "../../../../local/template/load.ts";
import type { Deployment } from "../../../../local/template/model.ts";
import { checkEventSources } from "../../../../local/template/read-functions.ts";
import { SynthesisError, synthesise } from "../../../../local/template/synthesise.ts";
import { byConstruct, fixtureDeployment, fixtureEndpoints, fixtureFunction } from "./fixture.ts";

let deployment: Deployment;
const folders: string[] = [];

before(async () => {
  deployment = await fixtureDeployment();
});

after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "clarion-template-"));
  folders.push(folder);
  return folder;
}

/** Loads a template written by hand. */
function load(resources: Record<string, unknown>, rest: Record<string, unknown> = {}): Deployment {
  const assemblyFolder = temporaryFolder();
  const stack = { type: "aws:cloudformation:stack", properties: { templateFile: "t.json" } };
  writeFileSync(join(assemblyFolder, "manifest.json"), JSON.stringify({ artifacts: { Hand: stack } }));
  writeFileSync(join(assemblyFolder, "t.json"), JSON.stringify({ Resources: resources, ...rest }));
  return loadDeployment({
    assemblyFolder,
    region: "us-east-1",
    account: "000000000000",
    endpoints: fixtureEndpoints,
  });
}

test("functions come with code folder, entry, role and resolved environment", () => {
  const http = fixtureFunction(deployment, "http");
  assert.match(http.codeFolder, /asset\.[0-9a-f]{64}$/);
  assert.equal(http.entry, "test/unit/local/template/fixture-functions/http.ts");
  assert.ok(deployment.roles.some((role) => role.arn === http.roleArn));
  const jobs = byConstruct(deployment.queues, "jobs");
  assert.equal(http.environment["JOBS_URL"], `http://127.0.0.1:4999/000000000000/${jobs.name}`);
  assert.equal(http.environment["TABLE"], byConstruct(deployment.tables, "Directory").name);
  assert.deepEqual([http.timeoutS, http.memoryMb, http.recursiveLoop], [3, 256, "Allow"]);
});

test("execute-api addresses point to this machine", () => {
  const [api] = deployment.webSocketApis;
  const socket = fixtureFunction(deployment, "socket");
  assert.equal(socket.environment["CALLBACK_URL"], `http://127.0.0.1:4999/${api?.id}/live`);
  assert.equal(deployment.outputs["RestUrl"], "http://localhost:4010/");
  assert.equal(deployment.outputs["SocketUrl"], "ws://localhost:4010/ws");
});

test("a name cut out of another stack's ARN is the secret's name", () => {
  const secret = byConstruct(deployment.secrets, "AdminKey");
  assert.equal(deployment.outputs["AdminKeyName"], secret.name);
  assert.deepEqual(secret.generate, { length: 40, excludePunctuation: true });
});

test("queues, tables, sources, rules and groups", () => {
  const jobs = byConstruct(deployment.queues, "jobs");
  assert.equal(jobs.visibilityTimeoutS, 18);
  assert.deepEqual(jobs.redrive, {
    deadLetterArn: byConstruct(deployment.queues, "dead").arn,
    maxReceiveCount: 3,
  });
  assert.equal(jobs.policy[0]?.effect, "Deny");
  const fired = byConstruct(deployment.queues, "fired");
  assert.ok(fired.policy.some((statement) => statement.principals.includes("events.amazonaws.com")));
  const table = byConstruct(deployment.tables, "Directory");
  assert.deepEqual(table.keys, [
    { name: "pk", type: "S", role: "HASH" },
    { name: "sk", type: "S", role: "RANGE" },
  ]);
  assert.deepEqual(
    [table.indexes[0]?.name, table.ttlAttribute, table.pointInTimeRecovery],
    ["pending", "expiresAt", true],
  );
  assert.partialDeepStrictEqual(deployment.eventSources[0], {
    queueArn: jobs.arn,
    batchSize: 20,
    batchingWindowS: 1,
    maximumConcurrency: 2,
    reportBatchItemFailures: true,
  });
  assert.equal(deployment.rules[0]?.scheduleExpression, "rate(1 minute)");
  assert.equal(deployment.rules[0]?.targets.length, 2);
  assert.equal(deployment.scheduleGroups.length, 1);
});

test("statements have stable ids, and resources without intrinsics", () => {
  const role = deployment.roles.find(({ arn }) => arn === fixtureFunction(deployment, "http").roleArn);
  assert.ok(role);
  assert.match(role.statements[0]?.id ?? "", /^httpServiceRoleDefaultPolicy[0-9A-F]{8}#0$/);
  assert.deepEqual(role.statements[0]?.resources, [byConstruct(deployment.queues, "jobs").arn]);
  assert.deepEqual(role.trustedServices, ["lambda.amazonaws.com"]);
});

test("an unknown resource type is an error that names it", () => {
  assert.throws(() => load({ Thing: { Type: "AWS::Glue::Job" } }), /Hand\/Thing.*AWS::Glue::Job/);
});

test("conditions, parameters and the other intrinsics", () => {
  const output = (Value: unknown) => ({ Value });
  const { outputs, queues } = load(
    {
      Gone: { Type: "AWS::SQS::Queue", Condition: "Never" },
      Kept: { Type: "AWS::SQS::Queue", Properties: { VisibilityTimeout: { "Fn::If": ["Never", 1, 77] } } },
    },
    {
      Parameters: { Stage: { Type: "String", Default: "live" } },
      Conditions: {
        Never: { "Fn::Not": [{ "Fn::Equals": [{ Ref: "Stage" }, "live"] }] },
        Both: { "Fn::And": [{ "Fn::Not": [{ Condition: "Never" }] }, { "Fn::Equals": ["a", "a"] }] },
      },
      Mappings: { Sizes: { live: { count: "3" } } },
      Outputs: {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
        Sub: output({ "Fn::Sub": ["${!x}-${Kept.QueueName}-${Two}-${AWS::Region}", { Two: "2" }] }),
        Map: output({ "Fn::FindInMap": ["Sizes", { Ref: "Stage" }, "count"] }),
        If: output({ "Fn::If": ["Both", "yes", "no"] }),
        Select: output({ "Fn::Select": ["1", { "Fn::Split": [",", "a,b"] }] }),
        Hidden: { Value: "x", Condition: "Never" },
      },
    },
  );
  assert.deepEqual(
    queues.map(({ name, visibilityTimeoutS }) => [name, visibilityTimeoutS]),
    [["Kept", 77]],
  );
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what Fn::Sub makes of an escaped name
  assert.deepEqual(outputs, { Sub: "${x}-Kept-2-us-east-1", Map: "3", If: "yes", Select: "b" });
});

test("what cannot be resolved or run says so", () => {
  const queue = (Properties: unknown) => ({ Q: { Type: "AWS::SQS::Queue", Properties } });
  assert.throws(() => load(queue({ FifoQueue: true })), /Q: FIFO queues are not run/);
  assert.throws(() => load(queue({ QueueName: { Ref: "Missing" } })), /Ref to Missing/);
  assert.throws(() => load(queue({ QueueName: { "Fn::GetAtt": ["Q", "Nope"] } })), /Fn::GetAtt Q.Nope/);
  assert.throws(() => load(queue({ Tags: { "Fn::Transform": {} } })), /Fn::Transform is not known/);
  assert.throws(() => load(queue({ Tags: "{{resolve:ssm:x}}" })), /dynamic reference/);
  const group = {
    Type: "AWS::IAM::Role",
    Properties: { ManagedPolicyArns: ["arn:aws:iam::aws:policy/Admin"] },
  };
  assert.throws(() => load({ R: group }), /R: managed policy .*Admin is not known/);
});

test("a function that may outlive its queue's visibility is refused", () => {
  const source = byConstruct(deployment.queues, "jobs");
  const short = [{ ...source, visibilityTimeoutS: 2 }];
  assert.throws(
    () => checkEventSources(deployment.eventSources, deployment.functions, short),
    /visibility of 2 s, less than the timeout of worker/,
  );
});

test("synthesis is cached by its inputs, and a failing app shows what it printed", async () => {
  const outFolder = temporaryFolder();
  const root = temporaryFolder();
  writeFileSync(
    join(root, "app.mjs"),
    `import { mkdirSync, writeFileSync } from "node:fs";
     if (process.env.BREAK) { console.error("bad key: queues.high"); process.exit(1); }
     mkdirSync(process.env.CDK_OUTDIR, { recursive: true });
     writeFileSync(process.env.CDK_OUTDIR + "/manifest.json", JSON.stringify({ ran: process.pid }));`,
  );
  writeFileSync(join(root, "input.txt"), "1");
  const options = { outFolder, root, app: "app.mjs", inputs: ["input.txt"] };
  const first = await synthesise(options);
  assert.equal(await synthesise(options), first);
  writeFileSync(join(root, "input.txt"), "2");
  assert.notEqual(await synthesise(options), first);
  await assert.rejects(synthesise({ ...options, environment: { BREAK: "1" } }), (error: Error) => {
    assert.ok(error instanceof SynthesisError);
    assert.match(error.message, /bad key: queues.high/);
    return true;
  });
});
