/** Lambda's pollers of one SQS event source mapping. They call SQS through the door, with the function's own rights. */

import { setTimeout as sleep } from "node:timers/promises";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { Message, ReceiveMessageOutput } from "../sqs/shapes.ts";
import type { EventSource, LocalFunction } from "../template/model.ts";
import { continueChain, MAXIMUM_CHAIN } from "./lineage.ts";
import type { Pool } from "./pool.ts";
import { judgeAnswer, sqsEvent, withinPayload } from "./sqs-event.ts";

/** An AWS call as the function's role. */
export type CallAsRole = (
  service: string,
  operation: string,
  input: Record<string, unknown>,
  options: { signal?: AbortSignal },
) => Promise<unknown>;

export type EventSourceOptions = {
  source: EventSource;
  fn: LocalFunction;
  queueUrl: string;
  region: string;
  call: CallAsRole;
  pool: Pick<Pool, "invoke" | "held">;
  clock: Pick<VirtualClock, "now" | "setTimer" | "addQuietCheck">;
  /** Messages that could be received from the queue now. */
  visibleCount(): number;
  /** Where the mapping has no MaximumConcurrency of its own. */
  concurrentInvokes?: number;
  onTrouble?(text: string): void;
};

export type RunningEventSource = { close(): Promise<void> };

const DEFAULT_CONCURRENT_INVOKES = 5;
/** AWS falls to so many long polls on a quiet queue, unless MaximumConcurrency is set: then it keeps the five it began with. */
const IDLE_POLLERS = 2;
const LONG_POLL_S = 20;
const RECEIVE_MAXIMUM = 10;
const DELETE_MAXIMUM = 10;
const PAUSE_AFTER_ERROR_MS = 500;

type Core = EventSourceOptions & {
  stopping: AbortController;
  pollers: Set<Promise<void>>;
  /** Pollers that wait for messages. */
  waiting: number;
  /** Batches from the moment their gathering ended until the last delete. */
  working: number;
  limit: number;
  atRest: number;
};

async function receive(core: Core, maximum: number, waitS: number, signal: AbortSignal): Promise<Message[]> {
  const input = {
    QueueUrl: core.queueUrl,
    MaxNumberOfMessages: Math.min(RECEIVE_MAXIMUM, maximum),
    WaitTimeSeconds: waitS,
    AttributeNames: ["All"],
    MessageSystemAttributeNames: ["All"],
    MessageAttributeNames: ["All"],
  };
  const answer = (await core.call("sqs", "ReceiveMessage", input, { signal })) as ReceiveMessageOutput;
  return answer.Messages ?? [];
}

/** Fills the batch until it is full or its window, which runs on the virtual clock, has ended. */
async function fill(core: Core, batch: Message[]): Promise<void> {
  const { source, clock } = core;
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, core.stopping.signal]);
  // While gathering, the poller is quiet: a clock that is being moved must be able to end the window.
  core.working -= 1;
  core.waiting += 1;
  const end = () => {
    if (ended.signal.aborted) return;
    core.working += 1;
    core.waiting -= 1;
    ended.abort();
  };
  const cancel = clock.setTimer(clock.now() + source.batchingWindowS * 1000, end);
  try {
    while (batch.length < source.batchSize && !signal.aborted) {
      batch.push(...(await receive(core, source.batchSize - batch.length, LONG_POLL_S, signal)));
    }
  } finally {
    cancel();
    end();
  }
}

async function deleteMessages(core: Core, messages: Message[]): Promise<void> {
  for (let start = 0; start < messages.length; start += DELETE_MAXIMUM) {
    const chunk = messages.slice(start, start + DELETE_MAXIMUM);
    const Entries = chunk.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await core.call("sqs", "DeleteMessageBatch", { QueueUrl: core.queueUrl, Entries }, {});
  }
}

async function deliver(core: Core, messages: Message[]): Promise<void> {
  const { source, fn } = core;
  const chain = continueChain(
    messages.map((message) => message.Attributes?.["AWSTraceHeader"]),
    fn.arn,
  );
  if (chain.count > MAXIMUM_CHAIN && fn.recursiveLoop === "Terminate") {
    core.onTrouble?.(`${fn.name}: RecursiveInvocationException: invoked ${chain.count} times in one chain`);
    return;
  }
  const event = sqsEvent(messages, source.queueArn, core.region);
  const invocation = await core.pool.invoke(fn.arn, event, chain.header);
  if (!invocation.ok) {
    core.onTrouble?.(`${fn.name}: ${invocation.error.errorType}: ${invocation.error.errorMessage}`);
    return;
  }
  const verdict = source.reportBatchItemFailures
    ? judgeAnswer(invocation.payload, messages)
    : ({ kind: "partial", failed: new Set<string>() } as const);
  if (verdict.kind === "failed") {
    core.onTrouble?.(`${fn.name}: the whole batch goes back: ${verdict.reason}`);
    return;
  }
  await deleteMessages(
    core,
    messages.filter((message) => !verdict.failed.has(message.MessageId)),
  );
}

async function work(core: Core, batch: Message[]): Promise<void> {
  core.working += 1;
  try {
    if (core.source.batchingWindowS > 0) await fill(core, batch);
    if (core.waiting === 0) addPoller(core);
    for (const messages of withinPayload(batch)) await deliver(core, messages);
  } finally {
    core.working -= 1;
  }
}

async function pollOnce(core: Core): Promise<"worked" | "empty"> {
  core.waiting += 1;
  let batch: Message[] = [];
  try {
    batch = await receive(core, core.source.batchSize, LONG_POLL_S, core.stopping.signal);
  } finally {
    core.waiting -= 1;
  }
  if (batch.length === 0) return "empty";
  await work(core, batch);
  return "worked";
}

async function poll(core: Core): Promise<void> {
  while (!core.stopping.signal.aborted) {
    try {
      const result = await pollOnce(core);
      if (result === "empty" && core.pollers.size > core.atRest) return;
    } catch (error) {
      if (core.stopping.signal.aborted) return;
      core.onTrouble?.(`${core.source.logicalId}: ${(error as Error).name}: ${(error as Error).message}`);
      // Ends early, by rejecting, when the mapping closes; the loop then ends too.
      await sleep(PAUSE_AFTER_ERROR_MS, undefined, { signal: core.stopping.signal }).catch(() => undefined);
    }
  }
}

function addPoller(core: Core): void {
  if (core.pollers.size >= core.limit || core.stopping.signal.aborted) return;
  const poller = poll(core).finally(() => core.pollers.delete(poller));
  core.pollers.add(poller);
}

export function startEventSource(options: EventSourceOptions): RunningEventSource {
  const { maximumConcurrency } = options.source;
  const limit = maximumConcurrency ?? options.concurrentInvokes ?? DEFAULT_CONCURRENT_INVOKES;
  const core: Core = {
    ...options,
    stopping: new AbortController(),
    pollers: new Set(),
    waiting: 0,
    working: 0,
    limit,
    atRest: Math.min(maximumConcurrency === undefined ? IDLE_POLLERS : DEFAULT_CONCURRENT_INVOKES, limit),
  };
  for (let started = 0; started < core.atRest; started += 1) addPoller(core);
  const isQuiet = () => core.working <= core.pool.held(core.fn.arn) && core.visibleCount() === 0;
  const removeCheck = core.clock.addQuietCheck(isQuiet, `event source ${core.source.logicalId}`);
  return {
    close: async () => {
      removeCheck();
      core.stopping.abort();
      await Promise.all(core.pollers);
    },
  };
}
