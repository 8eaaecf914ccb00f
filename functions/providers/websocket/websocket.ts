import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Message, Provider, SendCall, SendEach, Target } from "../../core/dispatch/provider.ts";
import { type InboxMessage, notificationFrame } from "../../core/inbox/inbox.ts";

/** One call to `@connections`: what became of the frame. */
export type PostResult = "posted" | "gone" | "busy";

export type WebSocketPorts = {
  /** Puts a message into the user's inbox once; its sequence. */
  append(user: string, message: InboxMessage): Promise<number>;
  /** Open connections of a user. */
  connections(user: string): Promise<string[]>;
  /** Given up at the deadline, which is `busy`. */
  post(connection: string, frame: string, call: SendCall): Promise<PostResult>;
  /** A connection that API Gateway no longer knows. */
  forget(user: string, connection: string): Promise<void>;
};

/**
 * In-app: the inbox has accepted a message when it stands in the user's sequence; the sockets that are open get it
 * now, the others when they connect. A slow socket is left to its next connect.
 */
export function websocketProvider(portsFor: (message: Message) => WebSocketPorts): Provider<SendEach> {
  return {
    name: "websocket",
    concurrency: 50,
    async prepare(message) {
      const ports = portsFor(message);
      const inboxMessage: InboxMessage = {
        id: message.notificationId,
        timestampMs: message.createdAtMs,
        expiresAtMs: message.expiresAtMs,
        content: message.content,
        category: message.category,
      };
      return (target, call) => deliver(ports, inboxMessage, target, call);
    },
  };
}

async function deliver(
  ports: WebSocketPorts,
  message: InboxMessage,
  { user }: Target,
  call: SendCall,
): Promise<Outcome> {
  const sequence = await ports.append(user, message);
  const frame = notificationFrame({ ...message, sequence });
  const connections = await ports.connections(user);
  const results = await Promise.all(
    connections.map(async (connection) => {
      const result = await ports.post(connection, frame, call);
      if (result === "gone") await ports.forget(user, connection);
      return result;
    }),
  );
  const posted = results.filter((result) => result === "posted").length;
  return { kind: "accepted", providerId: `inbox ${sequence}, sockets ${posted}` };
}
