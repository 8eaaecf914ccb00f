import type { Input } from "../iam/demand.ts";
import { textOf } from "../iam/demand.ts";
import type { Meter } from "../meter/meter.ts";
import { AwsError } from "./aws-error.ts";
import type { HttpRequest } from "./http.ts";
import { principalName } from "./principal.ts";
import { encodeRestJson, encodeRestJsonError } from "./rest-json.ts";
import type { Protocol, ServiceCall } from "./service.ts";

export type ConnectionInfo = {
  ConnectedAt: Date | string;
  LastActiveAt: Date | string;
  Identity: { SourceIp: string; UserAgent: string };
};

/** Throws AwsError GoneException 410, PayloadTooLargeException 413, LimitExceededException 429. */
export type ConnectionsBackend = {
  post(apiId: string, connectionId: string, data: Uint8Array): Promise<void>;
  get(apiId: string, connectionId: string): Promise<ConnectionInfo>;
  remove(apiId: string, connectionId: string): Promise<void>;
};

const PATH = /^\/([^/]+)\/([^/]+)\/(?:@|%40)connections\/([^/]+)$/;
const OPERATIONS: Record<string, string> = {
  POST: "PostToConnection",
  GET: "GetConnection",
  DELETE: "DeleteConnection",
};
const BILLED_BYTES = 32 * 1024;

function decode(request: HttpRequest): { operation: string; input: Input } {
  const match = PATH.exec(request.path);
  const operation = OPERATIONS[request.method];
  if (!match || !operation) {
    throw new AwsError(
      "NotFoundException",
      `${request.method} ${request.path} is not a route of @connections.`,
      404,
    );
  }
  const [, apiId, stage, id] = match as unknown as string[];
  return {
    operation,
    input: { ApiId: apiId, Stage: stage, ConnectionId: decodeURIComponent(id!), Data: request.body },
  };
}

/** ISO 8601, unlike the other times of AWS. */
const isoTime = (time: Date | string) => (typeof time === "string" ? time : time.toISOString());

export const connectionsProtocol: Protocol = {
  decode,
  encode(operation, output) {
    if (operation === "DeleteConnection") return { status: 204, headers: {}, body: "" };
    if (operation === "PostToConnection") return { status: 200, headers: {}, body: "" };
    const info = output as ConnectionInfo;
    return encodeRestJson({
      connectedAt: isoTime(info.ConnectedAt),
      lastActiveAt: isoTime(info.LastActiveAt),
      identity: { sourceIp: info.Identity.SourceIp, userAgent: info.Identity.UserAgent },
    });
  },
  encodeError: encodeRestJsonError,
};

export async function runConnections(
  backend: ConnectionsBackend,
  meter: Meter,
  call: ServiceCall,
): Promise<unknown> {
  const apiId = textOf(call.input, "ApiId");
  const id = textOf(call.input, "ConnectionId");
  if (call.operation === "GetConnection") return backend.get(apiId, id);
  if (call.operation === "DeleteConnection") return backend.remove(apiId, id);
  const raw = call.input["Data"];
  const data = raw instanceof Uint8Array ? raw : Buffer.from(String(raw ?? ""));
  await backend.post(apiId, id, data);
  const messages = Math.max(1, Math.ceil(data.byteLength / BILLED_BYTES));
  meter.add("websocket.message", messages, { principal: principalName(call.principal) });
  return undefined;
}
