/** Requests that API Gateway itself puts into a queue: its mapping templates, and SQS's answer as the client sees it. */

import type { IncomingMessage } from "node:http";
import { render } from "velocityjs";
import { AwsError } from "../door/aws-error.ts";
import type { Principal } from "../door/principal.ts";
import type { QueueIntegration } from "../template/model.ts";
import { headersOf, queryOf, sourceIpOf, urlOf } from "./http-message.ts";
import type { HttpAnswer } from "./rest-answer.ts";
import type { RouteMatch } from "./rest-router.ts";

export type QueueCall = (principal: Principal, operation: string, input: object) => Promise<unknown>;

export type QueueRequest = {
  integration: QueueIntegration;
  match: RouteMatch;
  request: IncomingMessage;
  body: Buffer;
  requestId: string;
  nowMs: number;
};

/** What a body without a Content-Type counts as. */
const DEFAULT_TYPE = "application/json";

/** The template for a request's media type; `undefined`: API Gateway takes no body of this type (415). */
export function templateFor({ requestTemplates }: QueueIntegration, type: string | undefined) {
  const plain = type?.split(";")[0]?.trim().toLowerCase() || DEFAULT_TYPE;
  return Object.hasOwn(requestTemplates, plain) ? requestTemplates[plain] : undefined;
}

/** `$input`, `$util` and `$context`, as far as templates here may need them. */
function contextOf({ request, match, body, requestId, nowMs }: QueueRequest): Record<string, unknown> {
  const params = {
    path: match.pathParameters ?? {},
    querystring: queryOf(urlOf(request)).single ?? {},
    header: headersOf(request).single,
  };
  return {
    // API Gateway takes no body for an empty object.
    input: { body: body.toString("utf8") || "{}", params: () => params },
    util: {
      base64Encode: (text: string) => Buffer.from(text).toString("base64"),
      urlEncode: encodeURIComponent,
    },
    context: {
      requestId,
      requestTimeEpoch: nowMs,
      identity: { sourceIp: sourceIpOf(request) },
    },
  };
}

/** SQS's Query protocol: `Action=SendMessage&MessageBody=…`. */
function sendMessageOf(form: string, queueUrl: string): object {
  const { Action, Version: _any, ...input } = Object.fromEntries(new URLSearchParams(form));
  if (Action !== "SendMessage") throw new AwsError("InvalidAction", `The action ${Action} is not valid.`);
  return { ...input, QueueUrl: queueUrl };
}

/**
 * Sends what the request's template makes of it, in the name of the integration's role.
 * @param template of `templateFor`
 */
export async function putIntoQueue(
  template: string,
  given: QueueRequest,
  { call, queueUrl, onTrouble }: { call: QueueCall; queueUrl: string; onTrouble(text: string): void },
): Promise<HttpAnswer> {
  const { integration, requestId } = given;
  const role: Principal = { kind: "role", roleArn: integration.roleArn };
  let refused: AwsError | undefined;
  try {
    await call(role, "SendMessage", sendMessageOf(render(template, contextOf(given)), queueUrl));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    refused = error;
  }
  const answer = answerFor(integration, refused, requestId);
  if (refused && answer.status >= 500)
    onTrouble(`${integration.queueName}: ${refused.code}: ${refused.message}`);
  return answer;
}

type Answer = QueueIntegration["answers"][number];

const fits = ({ pattern }: Answer, status: number): boolean =>
  pattern !== undefined && new RegExp(`^(?:${pattern})$`).test(String(status));

/** What SQS's Query protocol says of an error. */
const xmlOf = (error: AwsError | undefined): string =>
  error ? `<ErrorResponse><Error><Code>${error.code}</Code></Error></ErrorResponse>` : "";

function answerFor(
  { answers }: QueueIntegration,
  refused: AwsError | undefined,
  requestId: string,
): HttpAnswer {
  const status = refused?.status ?? 200;
  const answer =
    answers.find((one) => fits(one, status)) ?? answers.find(({ pattern }) => pattern === undefined);
  if (answer === undefined) throw new Error(`no integration response for SQS's status ${status}`);
  // A template may set another status than the response's own, and headers beside its own.
  const override = { status: answer.statusCode, header: {} as Record<string, string> };
  const context = { requestId, responseOverride: override };
  const body = Buffer.from(render(answer.template, { context, input: { body: javaText(xmlOf(refused)) } }));
  return {
    status: Number(override.status),
    headers: Object.entries({
      "content-type": DEFAULT_TYPE,
      ...answer.headers,
      ...lowerCased(override.header),
    }),
    body,
  };
}

const lowerCased = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** A text with the methods of Java's that templates here call. */
const javaText = (text: string) => ({
  contains: (part: string) => text.includes(part),
  toString: () => text,
});
