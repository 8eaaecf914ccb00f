import { AwsError } from "../door/aws-error.ts";
import { jsonProtocol } from "../door/json-protocol.ts";
import { principalName, senderIdOf } from "../door/principal.ts";
import type { Protocol, ServiceCall, ServiceHandler } from "../door/service.ts";
import type { Input, Place } from "../iam/demand.ts";
import { sqsDemands } from "../iam/sqs-demands.ts";
import type { Meter } from "../meter/meter.ts";
import type { Queue } from "../template/model.ts";
import type { ReceiveMessageOutput, SendMessageInput } from "./shapes.ts";
import type { Sqs, SqsActions } from "./sqs.ts";
import { messageBytes } from "./validate.ts";

const BILLED_BYTES = 64 * 1024;

/** Where the JSON protocol's error keeps another name for clients of the Query protocol. */
const QUERY_CODES: Record<string, string> = {
  QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue",
  MessageNotInflight: "AWS.SimpleQueueService.MessageNotInflight",
  EmptyBatchRequest: "AWS.SimpleQueueService.EmptyBatchRequest",
  TooManyEntriesInBatchRequest: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
  InvalidBatchEntryId: "AWS.SimpleQueueService.InvalidBatchEntryId",
  BatchEntryIdsNotDistinct: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
  BatchRequestTooLong: "AWS.SimpleQueueService.BatchRequestTooLong",
  UnsupportedOperation: "AWS.SimpleQueueService.UnsupportedOperation",
};

type Action = (input: never, options?: object) => Promise<unknown>;

function actionNamed(sqs: SqsActions, operation: string): Action {
  const name = operation.charAt(0).toLowerCase() + operation.slice(1);
  const actions: Record<string, unknown> = sqs;
  if (
    /^(Send|Receive|Delete|Change|Get|List|Purge|Start)/.test(operation) &&
    typeof actions[name] === "function"
  ) {
    return actions[name] as Action;
  }
  throw new AwsError("UnknownOperationException", `sqs:${operation} is not served by the local queues.`);
}

/** Every 64 KB of payload, sent or received, is one billed request. */
function billedRequests(call: ServiceCall, output: unknown): number {
  let bytes = 0;
  if (call.operation === "SendMessage") bytes = messageBytes(call.input as SendMessageInput);
  if (call.operation === "SendMessageBatch") {
    for (const entry of call.input["Entries"] as SendMessageInput[]) bytes += messageBytes(entry);
  }
  for (const { Body, MessageAttributes } of (output as ReceiveMessageOutput).Messages ?? []) {
    bytes += messageBytes({
      QueueUrl: "",
      MessageBody: Body,
      ...(MessageAttributes && { MessageAttributes }),
    });
  }
  return Math.max(1, Math.ceil(bytes / BILLED_BYTES));
}

/** The trace that the SDK passes on in a header becomes the messages' own, as on AWS. */
function withTrace(protocol: Protocol): Protocol {
  return {
    ...protocol,
    decode(request) {
      const decoded = protocol.decode(request);
      const trace = request.headers["x-amzn-trace-id"];
      if (typeof trace !== "string" || !decoded.operation.startsWith("SendMessage")) return decoded;
      const traced = (entry: Input): Input => ({
        ...entry,
        MessageSystemAttributes: {
          AWSTraceHeader: { DataType: "String", StringValue: trace },
          ...(entry["MessageSystemAttributes"] as object | undefined),
        },
      });
      const { Entries: entries } = decoded.input;
      const input = Array.isArray(entries)
        ? { ...decoded.input, Entries: entries.map((entry) => traced(entry as Input)) }
        : traced(decoded.input);
      return { ...decoded, input };
    },
  };
}

export function sqsHandler(options: {
  sqs: Sqs;
  queues: readonly Queue[];
  place: Place;
  meter: Meter;
}): ServiceHandler {
  const { sqs, queues, place, meter } = options;
  return {
    protocol: withTrace(
      jsonProtocol({
        version: "1.0",
        target: "AmazonSQS",
        namespace: "com.amazonaws.sqs",
        queryCode: (code) => QUERY_CODES[code] ?? code,
      }),
    ),
    deniedCode: "AccessDenied",
    demands(operation, input) {
      actionNamed(sqs, operation);
      return sqsDemands(place, queues, operation, input);
    },
    async run(call) {
      const run = actionNamed(sqs, call.operation);
      const output = await run(call.input as never, {
        senderId: senderIdOf(call.principal),
        ...(call.signal && { signal: call.signal }),
      });
      meter.add("sqs.request", billedRequests(call, output), { principal: principalName(call.principal) });
      return output;
    },
  };
}
