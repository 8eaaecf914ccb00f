/** REST APIs: resources become paths, methods become routes. */

import type { RestApi, RestRoute } from "./model.ts";
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
function mockHeaders(response: Properties): Record<string, string> {
  const prefix = "method.response.header.";
  const entries = Object.entries(record(response["ResponseParameters"])).map(([name, value]) => {
    return [name.slice(prefix.length).toLowerCase(), String(value).replace(/^'|'$/g, "")] as const;
  });
  return Object.fromEntries(entries);
}

function mockIntegration(integration: Properties): RestRoute["integration"] {
  const response = records(integration["IntegrationResponses"])[0] ?? {};
  return { kind: "mock", statusCode: number(response, "StatusCode", 200), headers: mockHeaders(response) };
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
  throw new Error(`${method.logicalId}: integration type ${type} is not run here (AWS_PROXY and MOCK are)`);
}

function throttleOf(settings: Properties[]): RestApi["throttle"] {
  const all = settings.find((one) => one["HttpMethod"] === "*" && one["ResourcePath"] === "/*");
  if (all?.["ThrottlingRateLimit"] === undefined) return undefined;
  const rateLimit = number(all, "ThrottlingRateLimit", 10_000);
  return { rateLimit, burstLimit: number(all, "ThrottlingBurstLimit", 5_000) };
}

export function readRestApis(world: World): RestApi[] {
  return world.ofType("AWS::ApiGateway::RestApi").map((api) => {
    const isOurs = (resource: ResolvedResource) => resource.properties()["RestApiId"] === api.ref;
    const stage = world.ofType("AWS::ApiGateway::Stage").find(isOurs);
    if (stage === undefined) throw new Error(`${api.logicalId}: a REST API without a stage serves nothing`);
    const throttle = throttleOf(records(stage.properties()["MethodSettings"]));
    const binaryMediaTypes = texts(api.properties()["BinaryMediaTypes"]);
    return {
      logicalId: api.logicalId,
      id: api.ref,
      stage: stage.name,
      routes: world
        .ofType("AWS::ApiGateway::Method")
        .filter(isOurs)
        .map((method) => readRoute(method, world)),
      ...(throttle && { throttle }),
      ...(binaryMediaTypes.length > 0 && { binaryMediaTypes }),
    };
  });
}
