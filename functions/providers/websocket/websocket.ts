import { type Outcome, unknown } from "../../core/dispatch/outcome.ts";
import type { Message, Provider, SendCall, SendEach, Target } from "../../core/dispatch/provider.ts";
import { type Appended, type InboxMessage, notificationFrame } from "../../core/inbox/inbox.ts";
import { inTime, TokenError } from "../transport/shared-token.ts";

/** One call to `@connections`: what became of the frame; `tooLarge` for every connection. */
export type PostResult = "posted" | "gone" | "busy" | "tooLarge";

/** An open connection. `isLost`: it waits for a catch-up that does not come. */
export type Socket = { id: string; connectedAtMs: number; isLost?: boolean };

export type WebSocketPorts = {
  /** Puts a message into the user's inbox once. */
  append(user: string, message: InboxMessage): Promise<Appended>;
  /** Connections of a user that take frames as they come, and lost ones. */
  connections(user: string): Promise<Socket[]>;
  /** Given up at the deadline, which is `busy`. */
  post(connection: string, frame: string, call: SendCall): Promise<PostResult>;
  /** A connection that API Gateway no longer knows. */
  forget(user: string, connection: string): Promise<void>;
  /** The connection did not get this message and must not get later ones before it: it catches up from here. */
  left(user: string, socket: Socket, sequence: number): Promise<void>;
  /** It is sent all that it has missed. */
  restart(user: string, socket: Socket): Promise<void>;
};

const PASSED: Outcome = { kind: "accepted", providerId: "inbox" };
const ERASED: Outcome = { kind: "suppressed", reason: "user_erased" };

/**
 * In-app: the inbox has accepted a message when it stands in the user's sequence; the sockets that are open get it
 * now, the others when they connect. A slow socket gets it, and all later ones, when it reads again.
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
      return (target, call) => deliver(ports, inboxMessage, target, call).catch(orLate);
    },
  };
}

/** The inbox may have the message, and finds it again when it is sent once more. */
function orLate(error: unknown): Outcome {
  if (error instanceof TokenError) return unknown("deadline_exceeded");
  // Tables and API Gateway are this provider: that they fail is its silence, and no bug of ours.
  return unknown(`threw_${(error as Error).name}`);
}

/** @throws TokenError when the inbox or the connections do not answer by the deadline */
async function deliver(
  ports: WebSocketPorts,
  message: InboxMessage,
  { user }: Target,
  call: SendCall,
): Promise<Outcome> {
  const sequence = await inTime(ports.append(user, message), call.deadlineMs);
  if (sequence === "passed") return PASSED;
  if (sequence === "nobody") return ERASED;
  const frame = notificationFrame({ ...message, sequence });
  const connections = await inTime(ports.connections(user), call.deadlineMs);
  const results = await Promise.all(
    connections.map(async (socket) => {
      if (socket.isLost) {
        await ports.restart(user, socket);
        return "busy";
      }
      const result = await ports.post(socket.id, frame, call);
      if (result === "gone") await ports.forget(user, socket.id);
      if (result === "busy") await ports.left(user, socket, sequence);
      return result;
    }),
  );
  const posted = results.filter((result) => result === "posted").length;
  return { kind: "accepted", providerId: `inbox ${sequence}, sockets ${posted}` };
}
