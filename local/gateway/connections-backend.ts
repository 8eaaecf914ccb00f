/** `@connections`: what functions may do with an open connection. */

import { WebSocket } from "ws";
import { AwsError } from "../door/aws-error.ts";
import type { ConnectionsBackend } from "../door/connections.ts";
import { MAXIMUM_FRAME_BYTES } from "./frame-limit.ts";
import type { Connection, SocketCore } from "./websocket-core.ts";

const MAXIMUM_MESSAGE_BYTES = 128 * 1024;
/** Beyond this a client does not read what it is sent. */
const MAXIMUM_BUFFERED_BYTES = 1024 * 1024;
const CLOSE_NORMAL = 1000;

function connectionOf(core: SocketCore, apiId: string, id: string): Connection {
  const connection = apiId === core.api.id ? core.connections.get(id) : undefined;
  // Also before $connect has been answered: the connection is not established yet.
  const isOpen = connection?.dropped || connection?.socket.readyState === WebSocket.OPEN;
  if (connection === undefined || !isOpen) {
    throw new AwsError("GoneException", "The connection no longer exists.", 410);
  }
  return connection;
}

/** As text, in frames of at most 32 KB: clients put them together again. */
function sendInFrames({ socket }: Connection, data: Uint8Array): void {
  if (data.byteLength === 0) {
    socket.send("");
    return;
  }
  for (let start = 0; start < data.byteLength; start += MAXIMUM_FRAME_BYTES) {
    const end = Math.min(start + MAXIMUM_FRAME_BYTES, data.byteLength);
    socket.send(data.subarray(start, end), { binary: false, fin: end === data.byteLength });
  }
}

export function createConnectionsBackend(core: SocketCore): ConnectionsBackend {
  return {
    post: async (apiId, id, data) => {
      const connection = connectionOf(core, apiId, id);
      if (data.byteLength > MAXIMUM_MESSAGE_BYTES) {
        throw new AwsError(
          "PayloadTooLargeException",
          "The data has exceeded the maximum size allowed.",
          413,
        );
      }
      if (connection.socket.bufferedAmount > MAXIMUM_BUFFERED_BYTES) {
        throw new AwsError("LimitExceededException", "The client's buffer is full.", 429);
      }
      connection.lastActiveAtMs = core.clock.now();
      if (!connection.dropped) sendInFrames(connection, data);
    },
    get: async (apiId, id) => {
      const { facts, lastActiveAtMs } = connectionOf(core, apiId, id);
      return {
        ConnectedAt: new Date(facts.connectedAtMs),
        LastActiveAt: new Date(lastActiveAtMs),
        Identity: { SourceIp: facts.sourceIp, UserAgent: facts.userAgent },
      };
    },
    remove: async (apiId, id) => {
      const connection = connectionOf(core, apiId, id);
      if (connection.dropped) connection.socket.terminate();
      else connection.socket.close(CLOSE_NORMAL, "Connection closed by server");
    },
  };
}
