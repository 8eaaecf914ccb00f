import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { MAX_ANSWER_BYTES } from "./exchange.ts";
import { lettingGo } from "./kept-sockets.ts";
import type { Pool } from "./pool.ts";
import type { OpenSocket, Reply, Wire } from "./reply.ts";

const MAX_SOCKETS = 32;

type H1Options = {
  host: string;
  open: OpenSocket;
  /** What is read of an answer; a longer one is cut. */
  maxAnswerBytes?: number;
};

/** HTTP/1.1 with kept connections, for servers that have nothing newer. */
export function h1Pool({ host, open, maxAnswerBytes = MAX_ANSWER_BYTES }: H1Options): Pool {
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  agent.createConnection = () => open(host, ["http/1.1"]);
  const letGoOfOld = lettingGo(agent);
  let running = 0;
  return {
    async send(wire, deadlineMs) {
      const leftMs = deadlineMs - Date.now();
      // A kept connection would carry it off before any timer ran out.
      if (leftMs <= 0) return { kind: "unsent", reason: "deadline_exceeded" };
      letGoOfOld();
      running++;
      try {
        return await exchange({ agent, host, maxAnswerBytes }, wire, leftMs);
      } finally {
        running--;
      }
    },
    get busy() {
      return running > 0;
    },
    close: () => agent.destroy(),
  };
}

type Place = { agent: Agent; host: string; maxAnswerBytes: number };

function exchange(
  { agent, host, maxAnswerBytes }: Place,
  { headers, body }: Wire,
  leftMs: number,
): Promise<Reply> {
  return new Promise((resolve) => {
    let left = false;
    let answered = false;
    const { path, fields } = plain(headers);
    const sending = request({ agent, host, method: "POST", path, headers: fields });
    const timer = setTimeout(() => sending.destroy(new Error("deadline_exceeded")), leftMs);
    const settle = (reply: Reply) => {
      clearTimeout(timer);
      resolve(reply);
    };
    sending.once("finish", () => {
      left = true;
    });
    sending.once("error", (error: NodeJS.ErrnoException) => {
      // What breaks off behind the status is the response's matter.
      if (answered) return;
      const reason = error.message === "deadline_exceeded" ? error.message : `http1_${error.code}`;
      settle({ kind: left ? "lost" : "unsent", reason });
    });
    sending.once("response", (response) => {
      answered = true;
      read(response, maxAnswerBytes, settle);
    });
    sending.end(body);
  });
}

/** Pseudo-headers become the request line. */
function plain(headers: readonly string[]): { path: string; fields: Record<string, string> } {
  const fields: Record<string, string> = {};
  let path = "/";
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const [name, value] = [headers[i]!, headers[i + 1]!];
    if (name === ":path") path = value;
    else if (!name.startsWith(":")) fields[name] = value;
  }
  return { path, fields };
}

function read(response: IncomingMessage, maxBytes: number, settle: (reply: Reply) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const { statusCode: status = 0, headers } = response;
  const done = () =>
    settle({ kind: "answer", status, headers, body: Buffer.concat(chunks).toString("utf8") });
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else response.destroy();
  });
  // A body that breaks off does not change what the status says.
  response.on("error", done);
  response.once("close", done);
}
