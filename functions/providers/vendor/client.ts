import { h1Pool } from "../transport/h1.ts";
import { jsonObject, type OpenSocket, type Reply } from "../transport/reply.ts";
import type { Json } from "./content.ts";

export type VendorRequest = {
  path: string;
  headers?: Record<string, string>;
  /** JSON, or form fields. */
  body: { json: unknown } | { form: Record<string, string> } | { text: string; type: string };
};

/** An answer with its JSON, if it holds an object. */
export type VendorAnswer = { status: number; headers: Record<string, unknown>; json: Json };
export type VendorReply = ({ kind: "answer" } & VendorAnswer) | Exclude<Reply, { kind: "answer" }>;

export type VendorClient = {
  post(request: VendorRequest, deadlineMs: number): Promise<VendorReply>;
  close(): void;
};

/** A thousand tokens, each with what became of it. */
const MAX_ANSWER_BYTES = 512 * 1024;

/** HTTPS with kept connections to one host of a vendor. */
export function vendorClient(host: string, open: OpenSocket): VendorClient {
  const pool = h1Pool({ host, open, maxAnswerBytes: MAX_ANSWER_BYTES });
  return {
    async post({ path, headers = {}, body }, deadlineMs) {
      const [text, type] = encoded(body);
      const fields = { "content-type": type, ...headers };
      const reply = await pool.send(
        {
          headers: [":method", "POST", ":path", path, ...Object.entries(fields).flat()],
          body: Buffer.from(text),
          wholeBody: true,
        },
        deadlineMs,
      );
      if (reply.kind !== "answer") return reply;
      return { kind: "answer", status: reply.status, headers: reply.headers, json: jsonObject(reply.body) };
    },
    close: () => pool.close(),
  };
}

/** A body as it goes over the wire, with its type. */
export function encoded(body: VendorRequest["body"]): [text: string, type: string] {
  if ("json" in body) return [JSON.stringify(body.json), "application/json;charset=UTF-8"];
  if ("form" in body)
    return [new URLSearchParams(body.form).toString(), "application/x-www-form-urlencoded;charset=UTF-8"];
  return [body.text, body.type];
}
