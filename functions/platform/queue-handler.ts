import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { LaterError } from "../core/errors/later-error.ts";
import { QUEUE_KEYS, type QueueKey, queueEnv } from "../names.ts";
import { queueUrl } from "./env.ts";
import { log } from "./log.ts";
import { watchingMemory } from "./memory.ts";
import { tellQueueAge } from "./queue-age.ts";
import { hideFor, NOT_BEFORE, type Outgoing, sendAll } from "./queues.ts";

/** What a worker wants done with its message. */
export type MessageAnswer =
  | { kind: "done" }
  /** `changed`: the copy is not what was received, so that it goes in its place at once. */
  | { kind: "again"; afterMs: number; resend: Outgoing; changed?: true }
  /** The message is no use to anybody: left to its dead-letter queue. */
  | { kind: "refused"; why: string };

export type Received<T> = { message: T; receiveCount: number; sentAtMs: number; queue: QueueKey };

/** Waits up to this are waited out by visibility; longer ones by a delayed copy, which does not count as in flight. */
const LONGEST_HIDDEN_MS = 60_000;
/** A message received this often goes on as a fresh copy, so that waiting alone never leads to the dead letters. */
const RECEIVES = 20;
/** The highest `v` that this version writes. */
const MESSAGE_VERSION = 2;
/** A deploy takes minutes. */
const NEWER_MS = 30_000;
/** What was not to be had is looked for again. */
const LATER_MS = 5_000;
const CAUGHT_MS = { least: 1_000, spread: 4_000 };
/**
 * From this receive on the wait grows: before, a message may have waited and not failed. Two receives further it has
 * doubled, four further it is three times as long.
 */
const CAUGHT_GROWS = { from: RECEIVES, in: 2 };

/**
 * When a message comes back whose work threw. A passing throttle costs it seconds; a table that is down or a right that
 * is missing uses up its hundred receives in more than an hour, before it is a dead letter that somebody must redrive.
 */
export const comesBackMs = (receives: number, random: number): number =>
  Math.min(
    LONGEST_HIDDEN_MS,
    (CAUGHT_MS.least + random * CAUGHT_MS.spread) *
      (1 + Math.max(0, receives - CAUGHT_GROWS.from) / CAUGHT_GROWS.in),
  );

/** Queue a record came from, by its ARN's last part and the function's own bindings. */
function queueOf(record: SQSRecord): QueueKey {
  const name = record.eventSourceARN.split(":").at(-1);
  const key = QUEUE_KEYS.find((candidate) => process.env[queueEnv(candidate)]?.split("/").at(-1) === name);
  if (key === undefined)
    throw new Error(`records of queue ${name} arrive at a function that is not bound to it`);
  return key;
}

type Work<T> = (received: Received<T>, context: Context) => Promise<MessageAnswer>;
/** Whether a body is no message of ours and needs nothing: what a service of AWS says in plain text. */
type IsNotice = (body: string) => boolean;

/**
 * A consumer: every record is judged by itself, failures are reported one by one.
 * A caught error brings its message back after 1-5 s, longer the oftener; a crash after the visibility timeout.
 */
export function queueHandler<T extends object>(work: Work<T>, isNotice: IsNotice = () => false) {
  return watchingMemory(async (event: SQSEvent, context): Promise<SQSBatchResponse> => {
    const outcomes = await Promise.all([
      ...event.Records.map((record) =>
        isNotice(record.body) ? noticed(record) : handleRecord(record, context, work),
      ),
      ...waited(event.Records).map(([queue, ageMs]) => tellQueueAge(queue, ageMs)),
    ]);
    return {
      batchItemFailures: event.Records.filter((_, index) => !outcomes[index]).map(({ messageId }) => ({
        itemIdentifier: messageId,
      })),
    };
  });
}

/** The longest wait of each queue's new messages; one that was sent with a delay waits from its end. */
function waited(records: readonly SQSRecord[]): [QueueKey, number][] {
  const longest = new Map<QueueKey, number>();
  for (const record of records) {
    if (record.attributes.ApproximateReceiveCount !== "1") continue;
    const queue = queueOf(record);
    const { SentTimestamp, ApproximateFirstReceiveTimestamp } = record.attributes;
    const readyMs = Math.max(
      Number(SentTimestamp),
      Number(record.messageAttributes[NOT_BEFORE]?.stringValue ?? 0),
    );
    const ageMs = Math.max(0, Number(ApproximateFirstReceiveTimestamp) - readyMs);
    longest.set(queue, Math.max(longest.get(queue) ?? 0, ageMs));
  }
  return [...longest];
}

/** @returns that the message may be deleted */
function noticed(record: SQSRecord): true {
  log.info("a service's notice is passed over", { queue: queueOf(record), messageId: record.messageId });
  return true;
}

async function handleRecord<T extends object>(
  record: SQSRecord,
  context: Context,
  work: Work<T>,
): Promise<boolean> {
  const queue = queueOf(record);
  const receiveCount = Number(record.attributes.ApproximateReceiveCount);
  try {
    const message = parsed(record.body) as T;
    if (isNewer(message)) {
      log.info("message of a newer version waits", { queue, messageId: record.messageId });
      return await settle(record, queue, receiveCount, laterAsItIs(record, message, NEWER_MS));
    }
    const received = { message, receiveCount, sentAtMs: Number(record.attributes.SentTimestamp), queue };
    const answer = await work(received, context).catch((error: unknown) => {
      if (!(error instanceof LaterError)) throw error;
      log.error("message waits for what it needs", error.cause ?? error, { queue, why: error.message });
      return laterAsItIs(record, message, LATER_MS);
    });
    return await settle(record, queue, receiveCount, answer);
  } catch (error) {
    log.error("message failed", error, { queue, messageId: record.messageId });
    await hideFor(queueUrl(queue), record.receiptHandle, comesBackMs(receiveCount, Math.random())).catch(
      // The visibility timeout brings it back all the same.
      (failure) => log.error("visibility not changed", failure, { queue }),
    );
    return false;
  }
}

/**
 * During a deploy, and after a rollback, a function meets messages of a version that it does not know: they wait for
 * the function that does. Messages of an older version are this version's to read.
 */
const isNewer = (message: unknown): message is object =>
  typeof message === "object" &&
  message !== null &&
  "v" in message &&
  typeof message.v === "number" &&
  message.v > MESSAGE_VERSION;

function laterAsItIs(
  { attributes, messageAttributes }: SQSRecord,
  body: object,
  afterMs: number,
): MessageAnswer {
  const traceparent = messageAttributes["traceparent"]?.stringValue;
  const group = attributes.MessageGroupId ?? "newer";
  return {
    kind: "again",
    afterMs,
    resend: { body, group, ...(traceparent !== undefined && { traceparent }) },
  };
}

/** A parser's own message would quote the body into the log. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Error(`the message of ${body.length} characters is not JSON`);
  }
}

/** @returns whether the message may be deleted */
async function settle(
  record: SQSRecord,
  queue: QueueKey,
  receives: number,
  answer: MessageAnswer,
): Promise<boolean> {
  if (answer.kind === "done") return true;
  if (answer.kind === "refused") {
    log.warn("message refused", { queue, messageId: record.messageId, why: answer.why });
    return false;
  }
  if (!answer.changed && answer.afterMs <= LONGEST_HIDDEN_MS && receives < RECEIVES) {
    await hideFor(queueUrl(queue), record.receiptHandle, answer.afterMs);
    return false;
  }
  await sendAll(queue, [{ ...answer.resend, delayMs: answer.afterMs }]);
  return true;
}
