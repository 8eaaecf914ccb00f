import WebSocket from "ws";

export type Frame = {
  type: string;
  id?: string;
  timestamp: number;
  sequence?: number;
  data: Record<string, unknown>;
};

/** An open app: keeps what it received, acknowledges it, answers nothing else. */
export type SocketClient = {
  frames: Frame[];
  /** Notifications only, without greetings. */
  notifications(): Frame[];
  send(frame: object): void;
  closed: Promise<number>;
  close(): void;
};

export type SocketOptions = {
  url: string;
  token?: string;
  /** `header` (default), `subprotocol`, or `none` when the URL carries a ticket. */
  by?: "header" | "subprotocol" | "none";
  query?: Record<string, string>;
  acknowledge?: boolean;
  onFrame?(frame: Frame): void;
};

/** @throws Error with the status when the platform refuses the connection */
export async function connectSocket(options: SocketOptions): Promise<SocketClient> {
  const { url, token, by = "header", query = {}, acknowledge = true } = options;
  const address = `${url}?${new URLSearchParams({ v: "1", ...query })}`;
  const protocols = by === "subprotocol" && token ? ["clarion.v1", token] : [];
  const headers = by === "header" && token ? { authorization: `Bearer ${token}` } : {};
  const socket = new WebSocket(address, protocols, { headers });
  const frames: Frame[] = [];
  const acks = createAcks((sequence) => socket.send(JSON.stringify({ type: "ack", sequence })));
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  socket.on("message", (data) => {
    const frame = JSON.parse(String(data)) as Frame;
    frames.push(frame);
    options.onFrame?.(frame);
    if (acknowledge && frame.sequence !== undefined) acks.add(frame.sequence);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
    socket.once("unexpected-response", (_request, response) =>
      reject(new Error(`connect refused: ${response.statusCode}`)),
    );
  });
  socket.on("error", () => undefined); // a broken connection ends in `close`
  return {
    frames,
    notifications: () => frames.filter(({ type }) => type === "notification" || type === "alarm"),
    send: (frame) => socket.send(JSON.stringify(frame)),
    closed,
    close: () => {
      acks.flush();
      socket.close();
    },
  };
}

/** An acknowledgement covers everything before it, and each is paid for: one says it for a burst. */
const ACK_AFTER_MS = 100;

function createAcks(send: (sequence: number) => void) {
  let latest: number | undefined;
  const flush = () => {
    if (latest !== undefined) send(latest);
    latest = undefined;
  };
  return {
    flush,
    add(sequence: number) {
      if (latest === undefined) setTimeout(flush, ACK_AFTER_MS).unref();
      latest = Math.max(latest ?? 0, sequence);
    },
  };
}
