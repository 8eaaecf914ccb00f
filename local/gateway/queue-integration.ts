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
    input: { body: body.toString("utf8"), params: () => params },
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
  let status = 200;
  try {
    await call(role, "SendMessage", sendMessageOf(render(template, contextOf(given)), queueUrl));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    status = error.status;
    if (!isExpected(integration, status))
      onTrouble(`${integration.queueName}: ${error.code}: ${error.message}`);
  }
  return answerFor(integration, status, { context: { requestId } });
}

type Answer = QueueIntegration["answers"][number];

const fits = ({ pattern }: Answer, status: number): boolean =>
  pattern !== undefined && new RegExp(`^(?:${pattern})$`).test(String(status));

const isExpected = ({ answers }: QueueIntegration, status: number): boolean =>
  answers.some((answer) => fits(answer, status));

function answerFor({ answers }: QueueIntegration, status: number, context: object): HttpAnswer {
  const answer =
    answers.find((one) => fits(one, status)) ?? answers.find(({ pattern }) => pattern === undefined);
  if (answer === undefined) throw new Error(`no integration response for SQS's status ${status}`);
  return {
    status: answer.statusCode,
    headers: [...Object.entries({ "content-type": DEFAULT_TYPE, ...answer.headers })],
    body: Buffer.from(render(answer.template, { ...context })),
  };
}
