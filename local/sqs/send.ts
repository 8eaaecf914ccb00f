import { randomUUID } from "node:crypto";
import { AwsError } from "../door/aws-error.ts";
import { type SqsCore, stateByUrl } from "./core.ts";
import { attributesDigest, bodyDigest } from "./digest.ts";
import { countIn, hide, type QueueState, wake } from "./queue-state.ts";
import type {
  BatchFailure,
  BatchInput,
  BatchOutput,
  CallOptions,
  SendMessageInput,
  SendMessageOutput,
} from "./shapes.ts";
import { requireBatch, requireBatchBytes, requireSendable } from "./validate.ts";

type Entry = Omit<SendMessageInput, "QueueUrl">;

function store(core: SqsCore, state: QueueState, entry: Entry, messageId: string, senderId: string): void {
  const nowMs = core.clock.now();
  const delayMs = (entry.DelaySeconds ?? state.queue.delayS) * 1000;
  const group = entry.MessageGroupId ?? "";
  const id = core.table.insert({
    queue: state.queue.name,
    message_id: messageId,
    body: entry.MessageBody,
    attributes: entry.MessageAttributes ? JSON.stringify(entry.MessageAttributes) : null,
    group_id: group,
    trace_header: entry.MessageSystemAttributes?.["AWSTraceHeader"]?.StringValue ?? null,
    sender_id: senderId,
    sent_at: nowMs,
    visible_at: nowMs + delayMs,
  });
  countIn(state, group);
  if (delayMs > 0) hide(state, core.clock, { id, group, untilMs: nowMs + delayMs });
}

/** The caller has validated the entry; returns what SendMessage answers. */
function sendOne(core: SqsCore, state: QueueState, entry: Entry, senderId: string): SendMessageOutput {
  const messageId = randomUUID();
  store(core, state, entry, messageId, senderId);
  const twice = core.random() * 100 < (state.faults.duplicatePercent ?? 0);
  if (twice) store(core, state, entry, messageId, senderId);
  const attributes = attributesDigest(entry.MessageAttributes);
  const system = attributesDigest(entry.MessageSystemAttributes);
  return {
    MessageId: messageId,
    MD5OfMessageBody: bodyDigest(entry.MessageBody),
    ...(attributes && { MD5OfMessageAttributes: attributes }),
    ...(system && { MD5OfMessageSystemAttributes: system }),
  };
}

const DEFAULT_SENDER = "AIDALOCAL";

export function sendMessage(
  core: SqsCore,
  input: SendMessageInput,
  options: CallOptions = {},
): SendMessageOutput {
  const state = stateByUrl(core, input.QueueUrl);
  requireSendable(input, state.queue.maximumMessageBytes);
  const output = core.table.transaction(() =>
    sendOne(core, state, input, options.senderId ?? DEFAULT_SENDER),
  );
  wake(state);
  return output;
}

export function failureOf(id: string, error: unknown): BatchFailure {
  if (!(error instanceof AwsError)) throw error;
  return { Id: id, Code: error.code, Message: error.message, SenderFault: error.status < 500 };
}

function refuseSome(core: SqsCore, state: QueueState): void {
  if (core.random() * 100 >= (state.faults.refusedPercent ?? 0)) return;
  throw new AwsError("InternalError", "Refused on demand.", 500);
}

export function sendMessageBatch(
  core: SqsCore,
  input: BatchInput<Entry>,
  options: CallOptions = {},
): BatchOutput<SendMessageOutput> {
  const state = stateByUrl(core, input.QueueUrl);
  requireBatch(input.Entries);
  const entries = input.Entries.map((entry) => ({ ...entry, QueueUrl: input.QueueUrl }));
  for (const entry of entries) entry.MessageBody ??= "";
  requireBatchBytes(entries);
  const output: BatchOutput<SendMessageOutput> = { Successful: [], Failed: [] };
  core.table.transaction(() => {
    for (const entry of entries) {
      try {
        requireSendable(entry, state.queue.maximumMessageBytes);
        refuseSome(core, state);
      } catch (error) {
        output.Failed.push(failureOf(entry.Id, error));
        continue;
      }
      const sent = sendOne(core, state, entry, options.senderId ?? DEFAULT_SENDER);
      output.Successful.push({ Id: entry.Id, ...sent });
    }
  });
  wake(state);
  return output;
}
