/** Functions, what feeds them from queues, and rules. */

import type { Deployment, EventSource, LocalFunction, Queue, Rule } from "./model.ts";
import { number, optionalNumber, optionalText, record, records, text, texts } from "./property.ts";
import { functionArnOf } from "./read-access.ts";
import type { Endpoints } from "./urls.ts";
import { rewriteUrls } from "./urls.ts";
import type { ResolvedResource, World } from "./world.ts";

const MAXIMUM_ENVIRONMENT_BYTES = 4096;

function codeFolderOf(resource: ResolvedResource, world: World): string {
  const key = optionalText(record(resource.properties()["Code"]), "S3Key");
  const folder = key === undefined ? undefined : world.codeFolders.get(key);
  if (folder !== undefined) return folder;
  throw new Error(
    `${resource.stack}/${resource.logicalId}: no asset for its code (S3Key ${key ?? "missing"}); ` +
      "functions must be bundled assets, inline code and images are not run here",
  );
}

function environmentOf(
  resource: ResolvedResource,
  world: World,
  endpoints: Endpoints,
): Record<string, string> {
  const variables = record(record(resource.properties()["Environment"])["Variables"]);
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  if (bytes > MAXIMUM_ENVIRONMENT_BYTES) {
    throw new Error(
      `${resource.logicalId}: environment of ${bytes} bytes; Lambda takes ${MAXIMUM_ENVIRONMENT_BYTES}`,
    );
  }
  const entries = Object.entries(variables).map(([name, value]) => {
    return [name, rewriteUrls(String(value), world, endpoints)] as const;
  });
  return Object.fromEntries(entries);
}

function readFunction(resource: ResolvedResource, world: World, endpoints: Endpoints): LocalFunction {
  const properties = resource.properties();
  const entry = resource.metadata["clarion:entry"];
  const reservedConcurrency = optionalNumber(properties, "ReservedConcurrentExecutions");
  return {
    logicalId: resource.logicalId,
    name: resource.name,
    arn: resource.attributes["Arn"] ?? "",
    roleArn: text(resource, "Role"),
    handler: text(resource, "Handler"),
    codeFolder: codeFolderOf(resource, world),
    ...(typeof entry === "string" && { entry }),
    environment: environmentOf(resource, world, endpoints),
    timeoutS: number(properties, "Timeout", 3),
    memoryMb: number(properties, "MemorySize", 128),
    ...(reservedConcurrency !== undefined && { reservedConcurrency }),
    logGroupName:
      optionalText(record(properties["LoggingConfig"]), "LogGroup") ?? `/aws/lambda/${resource.name}`,
    recursiveLoop: properties["RecursiveLoop"] === "Allow" ? "Allow" : "Terminate",
  };
}

/** CDK's own helper functions (custom resources, log retention) carry no entry, but the runtime runs them all the same. */
export function readFunctions(world: World, endpoints: Endpoints): LocalFunction[] {
  return world.ofType("AWS::Lambda::Function").map((resource) => readFunction(resource, world, endpoints));
}

export function readEventSources(world: World): EventSource[] {
  return world.ofType("AWS::Lambda::EventSourceMapping").map((resource) => {
    const properties = resource.properties();
    if (properties["FilterCriteria"] !== undefined) {
      throw new Error(`${resource.stack}/${resource.logicalId}: FilterCriteria are not evaluated here`);
    }
    const scaling = record(properties["ScalingConfig"]);
    const maximumConcurrency = optionalNumber(scaling, "MaximumConcurrency");
    return {
      logicalId: resource.logicalId,
      functionArn: functionArnOf(text(resource, "FunctionName"), world),
      queueArn: text(resource, "EventSourceArn"),
      batchSize: number(properties, "BatchSize", 10),
      batchingWindowS: number(properties, "MaximumBatchingWindowInSeconds", 0),
      ...(maximumConcurrency !== undefined && { maximumConcurrency }),
      reportBatchItemFailures: texts(properties["FunctionResponseTypes"]).includes("ReportBatchItemFailures"),
    };
  });
}

/** What CreateEventSourceMapping refuses, refused here before anything starts. */
export function checkEventSources(sources: EventSource[], functions: LocalFunction[], queues: Queue[]): void {
  for (const source of sources) {
    const fn = functions.find((one) => one.arn === source.functionArn);
    const queue = queues.find((one) => one.arn === source.queueArn);
    if (fn === undefined || queue === undefined) {
      throw new Error(
        `${source.logicalId}: its function or queue is not in the template (only SQS sources are run)`,
      );
    }
    if (fn.timeoutS > queue.visibilityTimeoutS) {
      throw new Error(
        `${source.logicalId}: queue ${queue.name} has a visibility of ${queue.visibilityTimeoutS} s, ` +
          `less than the timeout of ${fn.name} (${fn.timeoutS} s); raise the one or lower the other`,
      );
    }
    if (source.batchSize > 10 && source.batchingWindowS < 1) {
      throw new Error(`${source.logicalId}: a batch size over 10 needs a batching window of at least 1 s`);
    }
  }
}

export function readLogSubscriptions(world: World): Deployment["logSubscriptions"] {
  return world.ofType("AWS::Logs::SubscriptionFilter").map((resource) => {
    const properties = resource.properties();
    if (optionalText(properties, "FilterPattern"))
      throw new Error(`${resource.stack}/${resource.logicalId}: filter patterns are not evaluated here`);
    return { logGroupName: text(resource, "LogGroupName"), functionArn: text(resource, "DestinationArn") };
  });
}

export function readRules(world: World): Rule[] {
  const enabled = world.ofType("AWS::Events::Rule").filter((one) => one.properties()["State"] !== "DISABLED");
  return enabled.map((resource) => {
    const properties = resource.properties();
    const scheduleExpression = optionalText(properties, "ScheduleExpression");
    return {
      logicalId: resource.logicalId,
      name: resource.name,
      arn: resource.attributes["Arn"] ?? "",
      ...(scheduleExpression && { scheduleExpression }),
      ...(properties["EventPattern"] !== undefined && { eventPattern: record(properties["EventPattern"]) }),
      targets: records(properties["Targets"]).map((target) => {
        const input = optionalText(target, "Input");
        const roleArn = optionalText(target, "RoleArn");
        return {
          id: String(target["Id"]),
          arn: String(target["Arn"]),
          ...(input !== undefined && { input }),
          ...(roleArn && { roleArn }),
        };
      }),
    };
  });
}
