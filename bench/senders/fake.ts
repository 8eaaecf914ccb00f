import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { answerHttp1 } from "./http1-answers.ts";
import { answerHttp2, type CannedAnswer, type FakeState } from "./http2-answers.ts";

/**
 * The process that stands for all providers. It validates nothing: a fake that does costs as much as a sender,
 * and would make every comparison one with itself.
 */

export type FakeHost = { host: string; maxStreams: number; answer: CannedAnswer };
/** Told to the fake; it answers each with a {@link FakeReport}. */
export type FakeOrder =
  | { kind: "start"; key: string; cert: string; hosts: FakeHost[] }
  | { kind: "delay"; ms: number }
  | { kind: "count" };
/** `ports` by host; `answered` since the start. */
export type FakeReport = { ports: Record<string, number>; answered: number };

const state: FakeState = { delayMs: 0, answered: 0 };
const ports: Record<string, number> = {};

function listen(key: string, cert: string, { answer, maxStreams }: FakeHost): Promise<number> {
  const server = createServer({ key, cert, ALPNProtocols: ["h2", "http/1.1"] }, (socket) => {
    socket.setNoDelay(true);
    // A client that leaves does so however it likes; the measurement notices what it did not get.
    socket.on("error", () => socket.destroy());
    if (socket.alpnProtocol === "h2") answerHttp2(socket, { answer, maxStreams, state });
    else answerHttp1(socket, { answer, state });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

process.on("message", async (order: FakeOrder) => {
  if (order.kind === "start")
    for (const host of order.hosts) ports[host.host] = await listen(order.key, order.cert, host);
  else if (order.kind === "delay") state.delayMs = order.ms;
  process.send!({ ports, answered: state.answered } satisfies FakeReport);
});
process.on("disconnect", () => process.exit(0));
