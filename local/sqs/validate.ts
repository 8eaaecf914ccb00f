import { AwsError } from "../door/aws-error.ts";
import { badContents, badValue } from "./errors.ts";
import type { AttributeMap, SendMessageInput } from "./shapes.ts";

export const MAX_MESSAGE_BYTES = 1_048_576;
const MAX_ENTRIES = 10;
const MAX_ATTRIBUTES = 10;
const MAX_DELAY_S = 900;
const MAX_VISIBILITY_S = 43_200;
const ENTRY_ID = /^[A-Za-z0-9_-]{1,80}$/;
const GROUP_ID = /^[A-Za-z0-9!-/:-@[-`{-~]{1,128}$/;
const LEGAL_TEXT = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;

export function requireRange(name: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return;
  throw badValue(
    `Value ${value} for parameter ${name} is invalid. Reason: Must be an integer between ${min} and ${max}.`,
  );
}

export const requireVisibility = (seconds: number | undefined) =>
  requireRange("VisibilityTimeout", seconds, 0, MAX_VISIBILITY_S);

function attributeBytes(attributes: AttributeMap | undefined): number {
  let bytes = 0;
  for (const [name, attribute] of Object.entries(attributes ?? {})) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType);
    bytes += Buffer.byteLength(attribute.StringValue ?? "");
    bytes += Buffer.byteLength(attribute.BinaryValue ?? "", "base64");
  }
  return bytes;
}

export const messageBytes = (entry: SendMessageInput) =>
  Buffer.byteLength(entry.MessageBody) + attributeBytes(entry.MessageAttributes);

function requireAttributes(attributes: AttributeMap | undefined): void {
  const entries = Object.entries(attributes ?? {});
  if (entries.length > MAX_ATTRIBUTES)
    throw badValue(`Number of message attributes [${entries.length}] exceeds 10.`);
  for (const [name, { DataType, StringValue, BinaryValue }] of entries) {
    if (!/^(String|Number|Binary)(\..+)?$/.test(DataType ?? "")) {
      throw badValue(`The message attribute '${name}' has an invalid message attribute type.`);
    }
    const value = DataType.startsWith("Binary") ? BinaryValue : StringValue;
    if (!value)
      throw badValue(`The message attribute '${name}' must contain a non-empty value of type ${DataType}.`);
    if (StringValue !== undefined && !LEGAL_TEXT.test(StringValue))
      throw badContents(`message attribute '${name}'`);
  }
}

function requireBody(body: unknown): void {
  if (body === undefined)
    throw new AwsError("MissingParameter", "The request must contain the parameter MessageBody.");
  if (typeof body !== "string" || body.length === 0)
    throw badValue("The parameter MessageBody must not be empty.");
  if (!LEGAL_TEXT.test(body)) throw badContents("the message body");
}

export function requireSendable(entry: SendMessageInput, maximumBytes: number): void {
  requireBody(entry.MessageBody);
  requireRange("DelaySeconds", entry.DelaySeconds, 0, MAX_DELAY_S);
  requireAttributes(entry.MessageAttributes);
  if (entry.MessageGroupId !== undefined && !GROUP_ID.test(entry.MessageGroupId)) {
    throw badValue(
      `Value ${entry.MessageGroupId} for parameter MessageGroupId is invalid: 1-128 alphanumerics and punctuation.`,
    );
  }
  const limit = Math.min(maximumBytes, MAX_MESSAGE_BYTES);
  const bytes = messageBytes(entry);
  if (bytes > limit) {
    throw badValue(
      `One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes, not ${bytes}.`,
    );
  }
}

export function requireBatch(entries: { Id: string }[] | undefined): void {
  if (!entries || entries.length === 0) {
    throw new AwsError("EmptyBatchRequest", "There should be at least one entry in the request.");
  }
  if (entries.length > MAX_ENTRIES) {
    throw new AwsError(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${entries.length}.`,
    );
  }
  for (const { Id } of entries) {
    if (!ENTRY_ID.test(Id ?? "")) {
      throw new AwsError(
        "InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
      );
    }
  }
  if (new Set(entries.map((entry) => entry.Id)).size < entries.length) {
    throw new AwsError(
      "BatchEntryIdsNotDistinct",
      "Two or more batch entries in the request have the same Id.",
    );
  }
}

export function requireBatchBytes(entries: SendMessageInput[]): void {
  const bytes = entries.reduce((sum, entry) => sum + messageBytes(entry), 0);
  if (bytes <= MAX_MESSAGE_BYTES) return;
  throw new AwsError(
    "BatchRequestTooLong",
    `Batch requests cannot be longer than ${MAX_MESSAGE_BYTES} bytes. You have sent ${bytes} bytes.`,
  );
}
