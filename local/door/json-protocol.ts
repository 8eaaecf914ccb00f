import type { Input } from "../iam/demand.ts";
import { AwsError } from "./aws-error.ts";
import type { HttpRequest } from "./http.ts";
import { RawReply } from "./raw-reply.ts";
import type { Protocol } from "./service.ts";

export type JsonProtocolOptions = {
  version: "1.0" | "1.1";
  /** What stands before the dot of `X-Amz-Target`, e.g. `AmazonSQS`. */
  target: string;
  /** Namespace of error types, e.g. `com.amazonaws.sqs`. */
  namespace: string;
  /** Code of the old Query protocol for `x-amzn-query-error`, where the service still sends it. */
  queryCode?: (code: string) => string;
};

export function parseJson(body: Buffer): Input {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Input;
  } catch {
    // Said below, the same as for a body that is not an object.
  }
  throw new AwsError("SerializationException", "The request body is not a JSON object.");
}

function operationOf(request: HttpRequest, target: string): string {
  const header = String(request.headers["x-amz-target"] ?? "");
  const dot = header.lastIndexOf(".");
  if (dot === -1 || header.slice(0, dot) !== target) {
    throw new AwsError(
      "UnknownOperationException",
      `X-Amz-Target is "${header}", expected "${target}.<operation>".`,
    );
  }
  return header.slice(dot + 1);
}

/** Times in JSON protocols are numbers of seconds; bytes are base64. */
export function encodeJson(output: unknown): string {
  return JSON.stringify(output, function replace(this: unknown, key: string, value: unknown) {
    const raw = (this as Record<string, unknown>)[key];
    if (raw instanceof Date) return raw.getTime() / 1000;
    return raw instanceof Uint8Array ? Buffer.from(raw).toString("base64") : value;
  });
}

export function jsonProtocol(options: JsonProtocolOptions): Protocol {
  const contentType = `application/x-amz-json-${options.version}`;
  return {
    decode: (request) => ({
      operation: operationOf(request, options.target),
      input: parseJson(request.body),
    }),
    encode: (_operation, output) =>
      output instanceof RawReply
        ? output.reply
        : { status: 200, headers: { "content-type": contentType }, body: encodeJson(output ?? {}) },
    encodeError: (error) => ({
      status: error.status,
      headers: {
        "content-type": contentType,
        ...(options.queryCode && {
          "x-amzn-query-error": `${options.queryCode(error.code)};${error.status < 500 ? "Sender" : "Receiver"}`,
        }),
      },
      body: encodeJson({
        ...error.details,
        __type: `${options.namespace}#${error.code}`,
        message: error.message,
        Message: error.message,
      }),
    }),
  };
}
