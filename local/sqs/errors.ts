import { AwsError } from "../door/aws-error.ts";

export const noSuchQueue = (name: string) =>
  new AwsError("QueueDoesNotExist", `The specified queue does not exist: "${name}".`);

export const badValue = (message: string) => new AwsError("InvalidParameterValue", message);

export const badReceiptHandle = (handle: unknown) =>
  new AwsError(
    "ReceiptHandleIsInvalid",
    `The input receipt handle "${String(handle)}" is not a valid receipt handle.`,
  );

export const badContents = (where: string) =>
  new AwsError(
    "InvalidMessageContents",
    `Invalid characters found in ${where}. Valid unicode characters are #x9 | #xA | #xD | [#x20 to #xD7FF] | [#xE000 to #xFFFD] | [#x10000 to #x10FFFF]`,
  );
