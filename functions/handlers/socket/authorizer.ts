import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { AppError } from "../../core/errors/app-error.ts";
import { verifyClientToken } from "../../platform/client-token.ts";
import { log } from "../../platform/log.ts";
import { watchingMemory } from "../../platform/memory.ts";
import { countAddressConnect, countConnect } from "../../platform/rate-limits.ts";
import { type Holder, takeTicket } from "../../platform/tickets.ts";

/** Subprotocol that carries a token: `Sec-WebSocket-Protocol: clarion.v1, <token>`; the first is echoed. */
const SUBPROTOCOL = "clarion.v1";
const VERSIONS = ["1"];

/** Judges a connect: by header, by subprotocol, or by a one-time ticket, in this order. */
export const handler = watchingMemory(async (event: APIGatewayRequestAuthorizerEvent) => {
  const query = event.queryStringParameters ?? {};
  if (!VERSIONS.includes(query["v"] ?? "")) return answer("Deny", event.methodArn);
  const headers = Object.fromEntries(
    Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value ?? ""]),
  );
  const offered = (headers["sec-websocket-protocol"] ?? "").split(",").map((part) => part.trim());
  // The address first: what a token costs that only names an app is for nobody to have as often as they like.
  const isCalm = await isWithin(() => countAddressConnect(event.requestContext.identity.sourceIp));
  const holder = isCalm ? await find(headers["authorization"], offered, query["ticket"]) : undefined;
  if (holder === undefined || !(await isWithin(() => countConnect(holder.app, holder.user)))) {
    log.info("connect refused", { requestId: event.requestContext.requestId });
    return answer("Deny", event.methodArn);
  }
  return answer("Allow", event.methodArn, {
    ...{ app: holder.app, user: holder.user },
    ...(offered.includes(SUBPROTOCOL) && { protocol: SUBPROTOCOL }),
    ...described(query),
  });
});

async function isWithin(count: () => Promise<unknown>): Promise<boolean> {
  try {
    await count();
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === "rate_limited") return false;
    throw error;
  }
}

async function find(
  header: string | undefined,
  offered: string[],
  ticket: string | undefined,
): Promise<Holder | undefined> {
  const bearer = /^Bearer +(\S+)$/i.exec(header ?? "")?.[1];
  if (bearer !== undefined) return verifyClientToken(bearer);
  const token = offered.includes(SUBPROTOCOL) ? offered.find((part) => part !== SUBPROTOCOL) : undefined;
  if (token) return verifyClientToken(token);
  return ticket === undefined ? undefined : takeTicket(ticket);
}

/** What the client says of itself; shown to operators, never trusted. */
function described(query: Record<string, string | undefined>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of ["device", "platform"]) {
    const value = query[name];
    if (value !== undefined && /^[\w.:-]{1,64}$/.test(value)) found[name] = value;
  }
  return found;
}

function answer(
  effect: "Allow" | "Deny",
  resource: string,
  context?: Record<string, string>,
): APIGatewayAuthorizerResult {
  return {
    principalId: context ? `${context["app"]}#${context["user"]}` : "nobody",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: "execute-api:Invoke", Effect: effect, Resource: resource }],
    },
    ...(context && { context }),
  };
}
