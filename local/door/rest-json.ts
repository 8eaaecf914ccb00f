import type { AwsError } from "./aws-error.ts";
import type { HttpReply } from "./http.ts";
import { encodeJson } from "./json-protocol.ts";

export const encodeRestJson = (output: unknown): HttpReply => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body: encodeJson(output ?? {}),
});

export const encodeRestJsonError = (error: AwsError): HttpReply => ({
  status: error.status,
  headers: { "content-type": "application/json", "x-amzn-errortype": error.code },
  body: encodeJson({ ...error.details, message: error.message, Message: error.message }),
});
