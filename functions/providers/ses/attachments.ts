import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { isIP } from "node:net";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Content } from "../../core/notification/content.ts";
import type { OpenSocket } from "../transport/reply.ts";

/** All attachments of a mail together: in base64 they leave room for the texts below SES's 10 MB. */
const MOST_BYTES = 7 * 1024 * 1024;
const PATIENCE_MS = 10_000;

export type File = { name: string; type?: string | undefined; content: Buffer };
type Attachment = NonNullable<NonNullable<Content["email"]>["attachments"]>[number];

/** The files, or what their lack means for every mail that needs them. */
export type Files = { files: File[] } | { outcome: Outcome };

const REASON = "attachment_unavailable";

/** A URL that gave no file; `lasting` where it will give none later either. */
class Unavailable extends Error {
  readonly lasting: boolean;

  constructor(lasting: boolean) {
    super(REASON);
    this.lasting = lasting;
  }
}

/** Reads attachments, those with a URL over the network, all at the same time. */
export async function readAttachments(
  attachments: readonly Attachment[],
  open: OpenSocket,
  closing: AbortSignal,
): Promise<Files> {
  const inline = attachments.map(({ content }) => (content === undefined ? undefined : fromBase64(content)));
  const room = { bytes: MOST_BYTES - inline.reduce((sum, content) => sum + (content?.length ?? 0), 0) };
  // The first failure ends the others.
  const failed = new AbortController();
  const signal = AbortSignal.any([closing, failed.signal, AbortSignal.timeout(PATIENCE_MS)]);
  try {
    if (room.bytes < 0) throw new Unavailable(true);
    const reading = attachments.map(async ({ name, type, url }, index): Promise<File> => {
      const content = inline[index] ?? (await fetchFile(new URL(url!), { open, signal, room }));
      return { name, type, content };
    });
    return { files: await Promise.all(reading) };
  } catch (error) {
    failed.abort();
    if (!(error instanceof Unavailable)) throw error;
    if (error.lasting) return { outcome: { kind: "rejected", reason: REASON } };
    return { outcome: { kind: "retry", reason: REASON, unasked: true } };
  }
}

const fromBase64 = (text: string): Buffer => Buffer.from(text, "base64");

type Fetching = { open: OpenSocket; signal: AbortSignal; room: { bytes: number } };

/** Connections to a bare address do not pass the name lookup that keeps them out of private networks. */
const isPlain = ({ protocol, port, username, password, hostname }: URL): boolean =>
  protocol === "https:" &&
  port === "" &&
  username + password === "" &&
  isIP(hostname.replace(/^\[(.*)\]$/, "$1")) === 0;

async function fetchFile(url: URL, { open, signal, room }: Fetching): Promise<Buffer> {
  if (!isPlain(url)) throw new Unavailable(true);
  try {
    return await bodyOf(await answerTo(url, open, signal), room);
  } catch (error) {
    throw error instanceof Unavailable ? error : new Unavailable(isLasting(error));
  }
}

function answerTo(url: URL, open: OpenSocket, signal: AbortSignal): Promise<IncomingMessage> {
  const agent = new Agent({ keepAlive: false });
  // On the agent: a request's own `createConnection` is not heard when it has none.
  agent.createConnection = () => open(url.hostname, ["http/1.1"]);
  return new Promise((resolve, reject) => {
    const asking = request({
      host: url.hostname,
      path: url.pathname + url.search,
      headers: { "accept-encoding": "identity" },
      agent,
      signal,
    });
    asking.once("response", resolve);
    // What breaks off behind the head is told twice: here, and to who reads the body.
    asking.on("error", reject);
    asking.end();
  });
}

/** The whole body, as long as there is room for it. Redirects are not followed: they could lead anywhere. */
async function bodyOf(answer: IncomingMessage, room: { bytes: number }): Promise<Buffer> {
  const { statusCode = 0, headers } = answer;
  try {
    if (statusCode !== 200) throw new Unavailable(!isPassing(statusCode));
    if ((headers["content-encoding"] ?? "identity") !== "identity") throw new Unavailable(true);
    if (Number(headers["content-length"] ?? 0) > room.bytes) throw new Unavailable(true);
    const chunks: Buffer[] = [];
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      room.bytes -= chunk.length;
      if (room.bytes < 0) throw new Unavailable(true);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    answer.destroy();
  }
}

const isPassing = (status: number): boolean =>
  status >= 500 || status === 408 || status === 425 || status === 429;

/** Names that do not exist, private addresses and wrong certificates stay what they are. */
const LASTING = /^(ENOTFOUND|EADDRNOTPUBLIC|ERR_TLS_\w+|\w*CERT\w*|\w*SIGNATURE\w*)$/;
const isLasting = (error: unknown): boolean =>
  LASTING.test(String((error as NodeJS.ErrnoException).code ?? ""));
