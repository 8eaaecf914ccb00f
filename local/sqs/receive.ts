import { randomBytes } from "node:crypto";
import { AwsError } from "../door/aws-error.ts";
import { chooseDue } from "./choose.ts";
import { receiptHandle, type SqsCore, stateByArn, stateByUrl } from "./core.ts";
import { attributesDigest, bodyDigest } from "./digest.ts";
import type { Candidate, MessageRow } from "./message-table.ts";
import { countIn, expireHidden, hide, type QueueState, wake } from "./queue-state.ts";
import type {
  AttributeMap,
  CallOptions,
  Message,
  ReceiveMessageInput,
  ReceiveMessageOutput,
} from "./shapes.ts";
import { requireRange, requireVisibility } from "./validate.ts";

const MAX_IN_FLIGHT = 120_000;

function systemAttributes(row: MessageRow, wanted: string[]): Record<string, string> | undefined {
  const all: Record<string, string | null> = {
    SenderId: row.sender_id,
    SentTimestamp: String(row.sent_at),
    ApproximateReceiveCount: String(row.receive_count),
    ApproximateFirstReceiveTimestamp: String(row.first_received_at),
    MessageGroupId: row.group_id || null,
    AWSTraceHeader: row.trace_header,
    DeadLetterQueueSourceArn: row.dead_letter_source,
  };
  const everything = wanted.includes("All");
  const entries = Object.entries(all).filter(
    (entry): entry is [string, string] => entry[1] !== null && (everything || wanted.includes(entry[0])),
  );
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function wantedAttributes(row: MessageRow, names: string[]): AttributeMap | undefined {
  if (row.attributes === null || names.length === 0) return undefined;
  const accepts = (name: string) =>
    names.some(
      (wanted) =>
        wanted === "All" ||
        wanted === ".*" ||
        wanted === name ||
        (wanted.endsWith(".*") && name.startsWith(wanted.slice(0, -2))),
    );
  const entries = Object.entries(JSON.parse(row.attributes) as AttributeMap).filter(([name]) =>
    accepts(name),
  );
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function toMessage(row: MessageRow, nonce: string, input: ReceiveMessageInput): Message {
  const wantedSystem = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
  const system = systemAttributes(row, wantedSystem);
  const attributes = wantedAttributes(row, input.MessageAttributeNames ?? []);
  return {
    MessageId: row.message_id,
    ReceiptHandle: receiptHandle(row.queue, { id: row.id, nonce }),
    MD5OfBody: bodyDigest(row.body),
    Body: row.body,
    ...(system && { Attributes: system }),
    ...(attributes && {
      MessageAttributes: attributes,
      MD5OfMessageAttributes: attributesDigest(attributes)!,
    }),
  };
}

function moveToDeadLetters(core: SqsCore, state: QueueState, candidate: Candidate, nowMs: number): void {
  const target = stateByArn(core, state.queue.redrive!.deadLetterArn);
  core.table.moveToDeadLetters(candidate.id, target.queue.name, nowMs, state.queue.arn);
  countIn(state, candidate.group_id, -1);
  countIn(target, candidate.group_id);
  // After the transaction: a waiter that looked now would see the row before it is committed.
  queueMicrotask(() => wake(target));
}

function take(core: SqsCore, state: QueueState, candidate: Candidate, input: ReceiveMessageInput): Message {
  const nowMs = core.clock.now();
  const visibilityMs = (input.VisibilityTimeout ?? state.queue.visibilityTimeoutS) * 1000;
  const nonce = randomBytes(8).toString("hex");
  const row = core.table.take(candidate.id, nonce, nowMs, nowMs + visibilityMs);
  if (visibilityMs > 0) {
    hide(state, core.clock, {
      id: row.id,
      group: row.group_id,
      untilMs: nowMs + visibilityMs,
      sinceMs: nowMs,
    });
  }
  return toMessage(row, nonce, input);
}

function receiveNow(core: SqsCore, state: QueueState, input: ReceiveMessageInput): Message[] {
  const nowMs = core.clock.now();
  expireHidden(state, nowMs);
  const room = MAX_IN_FLIGHT - state.fairness.inFlight();
  const wanted = Math.min(input.MaxNumberOfMessages ?? 1, room);
  const maxReceives = state.queue.redrive?.maxReceiveCount ?? Number.POSITIVE_INFINITY;
  if (state.total <= state.hidden.size || wanted <= 0) return [];
  return core.table.transaction(() => {
    const messages: Message[] = [];
    while (messages.length < wanted) {
      const candidates = chooseDue(core, state, nowMs, wanted - messages.length);
      if (candidates.length === 0) break;
      for (const candidate of candidates) {
        if (candidate.receive_count >= maxReceives) moveToDeadLetters(core, state, candidate, nowMs);
        else messages.push(take(core, state, candidate, input));
      }
      if (input.VisibilityTimeout === 0) break;
    }
    return messages;
  });
}

/** Resolves at the next sign of a message, at the end of the wait, or when the caller gives up. */
function nextSign(state: QueueState, waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      state.waiters.delete(finish);
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, waitMs);
    state.waiters.add(finish);
    signal?.addEventListener("abort", finish);
  });
}

function requireRoom(state: QueueState, waitS: number): void {
  if (waitS > 0 || state.fairness.inFlight() < MAX_IN_FLIGHT) return;
  throw new AwsError(
    "OverLimit",
    `Too many messages in flight in ${state.queue.name}: ${MAX_IN_FLIGHT}.`,
    403,
  );
}

/** A long poll waits in real time: it is a connection held open, not something that happens in the queue. */
export async function receiveMessage(
  core: SqsCore,
  input: ReceiveMessageInput,
  options: CallOptions = {},
): Promise<ReceiveMessageOutput> {
  const state = stateByUrl(core, input.QueueUrl);
  requireRange("MaxNumberOfMessages", input.MaxNumberOfMessages, 1, 10);
  requireRange("WaitTimeSeconds", input.WaitTimeSeconds, 0, 20);
  requireVisibility(input.VisibilityTimeout);
  const waitS = input.WaitTimeSeconds ?? 0;
  requireRoom(state, waitS);
  const deadline = performance.now() + waitS * 1000;
  for (;;) {
    if (options.signal?.aborted || core.closing.signal.aborted) return {};
    const messages = receiveNow(core, state, input);
    if (messages.length > 0) return { Messages: messages };
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) return {};
    await nextSign(state, leftMs, options.signal);
  }
}
