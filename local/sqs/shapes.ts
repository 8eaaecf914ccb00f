/** The wire shapes of the SQS JSON protocol, as the AWS SDK names them; binary values are base64. */

export type MessageAttribute = { DataType: string; StringValue?: string; BinaryValue?: string };
export type AttributeMap = Record<string, MessageAttribute>;

export type SendMessageInput = {
  QueueUrl: string;
  MessageBody: string;
  DelaySeconds?: number;
  MessageAttributes?: AttributeMap;
  MessageSystemAttributes?: AttributeMap;
  MessageGroupId?: string;
};
export type SendMessageOutput = {
  MessageId: string;
  MD5OfMessageBody: string;
  MD5OfMessageAttributes?: string;
  MD5OfMessageSystemAttributes?: string;
};

export type BatchFailure = { Id: string; Code: string; Message: string; SenderFault: boolean };
export type BatchInput<T> = { QueueUrl: string; Entries: (T & { Id: string })[] };
export type BatchOutput<T> = { Successful: (T & { Id: string })[]; Failed: BatchFailure[] };

export type ReceiveMessageInput = {
  QueueUrl: string;
  MaxNumberOfMessages?: number;
  WaitTimeSeconds?: number;
  VisibilityTimeout?: number;
  AttributeNames?: string[];
  MessageSystemAttributeNames?: string[];
  MessageAttributeNames?: string[];
};
export type Message = {
  MessageId: string;
  ReceiptHandle: string;
  Body: string;
  MD5OfBody: string;
  MD5OfMessageAttributes?: string;
  Attributes?: Record<string, string>;
  MessageAttributes?: AttributeMap;
};
export type ReceiveMessageOutput = { Messages?: Message[] };

export type DeleteMessageInput = { QueueUrl: string; ReceiptHandle: string };
export type ChangeVisibilityInput = { QueueUrl: string; ReceiptHandle: string; VisibilityTimeout: number };

export type MoveTask = {
  TaskHandle?: string;
  Status: "RUNNING" | "COMPLETED" | "FAILED";
  SourceArn: string;
  DestinationArn?: string;
  MaxNumberOfMessagesPerSecond?: number;
  ApproximateNumberOfMessagesMoved: number;
  ApproximateNumberOfMessagesToMove: number;
  StartedTimestamp: number;
};

/** Who sent it (SenderId) and what ends a long poll early. */
export type CallOptions = { senderId?: string; signal?: AbortSignal };
