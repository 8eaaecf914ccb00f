/** What the parts of the WebSocket gateway share. */

import type { WebSocket } from "ws";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { Invocation } from "../lambda/protocol.ts";
import type { WebSocketApi } from "../template/model.ts";
import type { TokenBucket } from "./token-bucket.ts";
import type { ConnectionFacts } from "./websocket-event.ts";

export type Connection = {
  facts: ConnectionFacts;
  socket: WebSocket;
  lastActiveAtMs: number;
  /** Half-open on purpose: nothing is read or written any more, and nobody is told. */
  dropped: boolean;
  cancelTimers: () => void;
};

export type SocketCore = {
  api: WebSocketApi;
  region: string;
  account: string;
  clock: Pick<VirtualClock, "now" | "setTimer">;
  invoke(functionArn: string, event: unknown): Promise<Invocation>;
  mayInvoke(functionArn: string, sourceArn: string): boolean;
  onTrouble(text: string): void;
  onMessage(bytes: number): void;
  onConnectionMinutes(minutes: number): void;
  connectRate: TokenBucket;
  stageRate: TokenBucket;
  connections: Map<string, Connection>;
  /** Routes that run now; closing waits for them. */
  active: Set<Promise<void>>;
};
