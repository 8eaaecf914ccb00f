/** The Lambda proxy event of a REST API (payload format 1.0). */

import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { RestApi } from "../template/model.ts";
import { headersOf, queryOf, requestTime, sourceIpOf, urlOf } from "./http-message.ts";
import type { RouteMatch } from "./rest-router.ts";

export type RestEventOptions = {
  api: RestApi;
  request: IncomingMessage;
  match: RouteMatch;
  body: Buffer;
  requestId: string;
  nowMs: number;
  account: string;
  region: string;
};

export function isBinaryMediaType(api: RestApi, mediaType: string | undefined): boolean {
  const plain = (mediaType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const [kind] = plain.split("/");
  return (api.binaryMediaTypes ?? []).some((one) => one === "*/*" || one === plain || one === `${kind}/*`);
}

function requestContext(options: RestEventOptions, path: string): object {
  const { api, request, match, nowMs, account } = options;
  return {
    accountId: account,
    apiId: api.id,
    authorizer: null,
    domainName: request.headers.host ?? "localhost",
    domainPrefix: api.id,
    extendedRequestId: randomUUID(),
    httpMethod: request.method,
    identity: { sourceIp: sourceIpOf(request), userAgent: request.headers["user-agent"] ?? null },
    path: `/${api.stage}${path}`,
    protocol: "HTTP/1.1",
    requestId: options.requestId,
    requestTime: requestTime(nowMs),
    requestTimeEpoch: nowMs,
    resourceId: match.route.path,
    resourcePath: match.route.path,
    stage: api.stage,
  };
}

export function restEvent(options: RestEventOptions): object {
  const { api, request, match, body } = options;
  const url = urlOf(request);
  const headers = headersOf(request);
  const forwarded = {
    "X-Forwarded-For": sourceIpOf(request),
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Port": "443",
  };
  for (const [name, value] of Object.entries(forwarded)) {
    headers.single[name] = value;
    headers.multi[name] = [value];
  }
  const query = queryOf(url);
  const isBase64Encoded = isBinaryMediaType(api, request.headers["content-type"]);
  return {
    resource: match.route.path,
    path: url.pathname,
    httpMethod: request.method,
    headers: headers.single,
    multiValueHeaders: headers.multi,
    queryStringParameters: query.single,
    multiValueQueryStringParameters: query.multi,
    pathParameters: match.pathParameters,
    stageVariables: null,
    requestContext: requestContext(options, url.pathname),
    body: body.byteLength === 0 ? null : body.toString(isBase64Encoded ? "base64" : "utf8"),
    isBase64Encoded: isBase64Encoded && body.byteLength > 0,
  };
}
