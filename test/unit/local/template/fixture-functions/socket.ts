/** Every route of the fixture's WebSocket API. */

import type { APIGatewayProxyWebsocketEventV2 } from "aws-lambda";

type SocketEvent = APIGatewayProxyWebsocketEventV2 & { headers?: Record<string, string> };

export async function handler(event: SocketEvent): Promise<unknown> {
  console.log(JSON.stringify({ event }));
  if (event.requestContext.routeKey !== "$connect") return { statusCode: 200 };
  const offered = event.headers?.["Sec-WebSocket-Protocol"];
  if (offered === undefined) return { statusCode: event.headers?.["X-Refuse"] === "yes" ? 409 : 200 };
  const chosen = offered.split(",")[0]?.trim() ?? "";
  return { statusCode: 200, headers: chosen === "silent" ? {} : { "Sec-WebSocket-Protocol": chosen } };
}
