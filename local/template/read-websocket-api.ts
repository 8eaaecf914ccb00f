/** WebSocket APIs: routes with their integrations and the authorizer of `$connect`. */

import type { WebSocketApi, WebSocketRoute } from "./model.ts";
import { number, optionalText, record, text, texts } from "./property.ts";
import { functionOfUri } from "./read-rest-api.ts";
import type { ResolvedResource, World } from "./world.ts";

function firstTemplate(value: unknown): string | undefined {
  const [template] = Object.values(record(value));
  return typeof template === "string" ? template : undefined;
}

function mockResponse(integration: ResolvedResource, world: World): string | undefined {
  const response = world
    .ofType("AWS::ApiGatewayV2::IntegrationResponse")
    .find((one) => one.properties()["IntegrationId"] === integration.ref);
  if (response === undefined)
    throw new Error(`${integration.logicalId}: a mock that answers needs an integration response, as on AWS`);
  return firstTemplate(response.properties()["ResponseTemplates"]);
}

function integrationOf(route: ResolvedResource, world: World): WebSocketRoute["integration"] {
  const target = text(route, "Target").replace(/^integrations\//, "");
  const integration = world.ofType("AWS::ApiGatewayV2::Integration").find((one) => one.ref === target);
  if (integration === undefined) throw new Error(`${route.logicalId}: no integration ${target}`);
  const type = text(integration, "IntegrationType");
  if (type === "AWS_PROXY") {
    const functionArn = functionOfUri(text(integration, "IntegrationUri"), integration.logicalId);
    return { kind: "lambda", functionArn };
  }
  if (type !== "MOCK") throw new Error(`${integration.logicalId}: integration type ${type} is not run here`);
  // A route answers its client only with a route response and a selection expression.
  const answers = world
    .ofType("AWS::ApiGatewayV2::RouteResponse")
    .some((one) => one.properties()["RouteId"] === route.ref);
  const response = answers ? mockResponse(integration, world) : undefined;
  return { kind: "mock", ...(response !== undefined && { response }) };
}

function authorizerOf(route: ResolvedResource, world: World): WebSocketRoute["authorizer"] {
  const kind = optionalText(route.properties(), "AuthorizationType") ?? "NONE";
  if (kind === "NONE") return undefined;
  const id = optionalText(route.properties(), "AuthorizerId");
  const authorizer = world.ofType("AWS::ApiGatewayV2::Authorizer").find((one) => one.ref === id);
  if (kind !== "CUSTOM" || authorizer === undefined) {
    throw new Error(`${route.logicalId}: authorization ${kind} is not run here (NONE and CUSTOM are)`);
  }
  return {
    functionArn: functionOfUri(text(authorizer, "AuthorizerUri"), authorizer.logicalId),
    identitySources: texts(authorizer.properties()["IdentitySource"]),
  };
}

function readRoute(route: ResolvedResource, world: World): WebSocketRoute {
  const authorizer = authorizerOf(route, world);
  return {
    key: text(route, "RouteKey"),
    integration: integrationOf(route, world),
    ...(authorizer && { authorizer }),
  };
}

export function readWebSocketApis(world: World): WebSocketApi[] {
  return world.ofType("AWS::ApiGatewayV2::Api").map((api) => {
    if (text(api, "ProtocolType") !== "WEBSOCKET") {
      throw new Error(`${api.logicalId}: HTTP APIs are not run here; use a REST API`);
    }
    const isOurs = (resource: ResolvedResource) => resource.properties()["ApiId"] === api.ref;
    const stage = world.ofType("AWS::ApiGatewayV2::Stage").find(isOurs);
    if (stage === undefined)
      throw new Error(`${api.logicalId}: a WebSocket API without a stage serves nothing`);
    const settings = record(stage.properties()["DefaultRouteSettings"]);
    const throttle = settings["ThrottlingRateLimit"] !== undefined && {
      rateLimit: number(settings, "ThrottlingRateLimit", 10_000),
      burstLimit: number(settings, "ThrottlingBurstLimit", 5_000),
    };
    return {
      logicalId: api.logicalId,
      id: api.ref,
      stage: stage.name,
      routeSelectionExpression: text(api, "RouteSelectionExpression"),
      routes: world
        .ofType("AWS::ApiGatewayV2::Route")
        .filter(isOurs)
        .map((route) => readRoute(route, world)),
      ...(throttle && { throttle }),
    };
  });
}
