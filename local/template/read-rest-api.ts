/** REST APIs: resources become paths, methods become routes. */

import type { QueueIntegration, RestApi, RestRoute, Throttle } from "./model.ts";
import { number, optionalText, record, records, text, texts } from "./property.ts";
import type { Properties, ResolvedResource, World } from "./world.ts";

/** `arn:…:lambda:path/2015-03-31/functions/<function ARN>/invocations` */
export function functionOfUri(uri: string, owner: string): string {
  const found = /functions\/(arn:[^/]+)\/invocations$/.exec(uri)?.[1];
  if (found === undefined) throw new Error(`${owner}: integration URI ${uri} is not a Lambda function's`);
  return found;
}

function pathOf(resourceId: string, world: World): string {
  const resource = world.ofType("AWS::ApiGateway::Resource").find((one) => one.ref === resourceId);
  if (resource === undefined) return "";
  return `${pathOf(text(resource, "ParentId"), world)}/${text(resource, "PathPart")}`;
}

/** Static header values are written in single quotes. */
function literalHeaders(response: Properties): Record<string, string> {
  const prefix = "method.response.header.";
  const entries = Object.entries(record(response["ResponseParameters"])).map(([name, value]) => {
    return [name.slice(prefix.length).toLowerCase(), String(value).replace(/^'|'$/g, "")] as const;
  });
  return Object.fromEntries(entries);
}

function mockIntegration(integration: Properties): RestRoute["integration"] {
  const response = records(integration["IntegrationResponses"])[0] ?? {};
  return { kind: "mock", statusCode: number(response, "StatusCode", 200), headers: literalHeaders(response) };
}

/** `arn:…:sqs:path/<account>/<queue>`, with a template for each media type and an answer for each status. */
export function queueIntegration(integration: Properties, owner: string): QueueIntegration {
  const uri = String(integration["Uri"]);
  const queueName = /:sqs:path\/\d+\/([\w-]+)$/.exec(uri)?.[1];
  if (queueName === undefined) throw new Error(`${owner}: integration URI ${uri} is not a queue's`);
  if (integration["PassthroughBehavior"] !== "NEVER")
    throw new Error(
      `${owner}: what has no template would pass as it came; PassthroughBehavior must be NEVER`,
    );
  return {
    kind: "queue",
    queueName,
    roleArn: String(integration["Credentials"]),
    requestTemplates: record(integration["RequestTemplates"]) as Record<string, string>,
    answers: records(integration["IntegrationResponses"]).map((response) => {
      const pattern = optionalText(response, "SelectionPattern");
      return {
        ...(pattern !== undefined && { pattern }),
        statusCode: number(response, "StatusCode", 200),
        headers: literalHeaders(response),
        template: String(record(response["ResponseTemplates"])["application/json"] ?? ""),
      };
    }),
  };
}

function readRoute(method: ResolvedResource, world: World): RestRoute {
  const properties = method.properties();
  const integration = record(properties["Integration"]);
  const type = optionalText(integration, "Type") ?? "none";
  const path = pathOf(text(method, "ResourceId"), world) || "/";
  const authorization = optionalText(properties, "AuthorizationType") ?? "NONE";
  if (authorization !== "NONE") {
    throw new Error(`${method.logicalId}: authorization ${authorization} is not run on REST methods here`);
  }
  if (type === "AWS_PROXY") {
    const functionArn = functionOfUri(String(integration["Uri"]), method.logicalId);
    return { method: text(method, "HttpMethod"), path, integration: { kind: "lambda", functionArn } };
  }
  if (type === "MOCK")
    return { method: text(method, "HttpMethod"), path, integration: mockIntegration(integration) };
  if (type === "AWS") {
    const read = queueIntegration(integration, method.logicalId);
    return { method: text(method, "HttpMethod"), path, integration: read };
  }
  throw new Error(
    `${method.logicalId}: integration type ${type} is not run here (AWS_PROXY, MOCK and SQS's AWS are)`,
  );
}

type Of = { method: string; path: string };
const EVERY: Of = { method: "*", path: "*" };

/** Paths in a stage's settings have `~1` for each slash behind the first. */
function throttleOf(settings: Properties[], { method, path }: Of): Throttle | undefined {
  const own = `/${path.replace(/^\//, "").replaceAll("/", "~1")}`;
  const found = settings.find((one) => {
    const named = String(one["ResourcePath"]).replace(/^\/~1/, "/");
    return one["HttpMethod"] === method && named === own;
  });
  if (found?.["ThrottlingRateLimit"] === undefined) return undefined;
  const rateLimit = number(found, "ThrottlingRateLimit", 10_000);
  return { rateLimit, burstLimit: number(found, "ThrottlingBurstLimit", 5_000) };
}

function withThrottle(route: RestRoute, settings: Properties[]): RestRoute {
  const throttle = throttleOf(settings, route);
  return throttle ? { ...route, throttle } : route;
}

export function readRestApis(world: World): RestApi[] {
  return world.ofType("AWS::ApiGateway::RestApi").map((api) => {
    const isOurs = (resource: ResolvedResource) => resource.properties()["RestApiId"] === api.ref;
    const stage = world.ofType("AWS::ApiGateway::Stage").find(isOurs);
    if (stage === undefined) throw new Error(`${api.logicalId}: a REST API without a stage serves nothing`);
    const settings = records(stage.properties()["MethodSettings"]);
    const throttle = throttleOf(settings, EVERY);
    const binaryMediaTypes = texts(api.properties()["BinaryMediaTypes"]);
    return {
      logicalId: api.logicalId,
      id: api.ref,
      stage: stage.name,
      routes: world
        .ofType("AWS::ApiGateway::Method")
        .filter(isOurs)
        .map((method) => withThrottle(readRoute(method, world), settings)),
      ...(throttle && { throttle }),
      ...(binaryMediaTypes.length > 0 && { binaryMediaTypes }),
    };
  });
}
