import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { Queue } from "../template/model.ts";
import { type SqsCore, stateByName, stateByUrl } from "./core.ts";
import {
  countsOf,
  getQueueAttributes,
  getQueueUrl,
  listDeadLetterSourceQueues,
  listQueues,
  type QueueCounts,
} from "./describe.ts";
import { openMessageTable } from "./message-table.ts";
import { countIn, loadQueueState, type QueueFaults, type QueueState, unhide } from "./queue-state.ts";
import { receiveMessage } from "./receive.ts";
import { listMessageMoveTasks, type RunningTask, startMessageMoveTask } from "./redrive.ts";
import { sendMessage, sendMessageBatch } from "./send.ts";
import {
  changeMessageVisibility,
  changeMessageVisibilityBatch,
  deleteMessage,
  deleteMessageBatch,
} from "./settle.ts";
import type { CallOptions } from "./shapes.ts";

const RETENTION_SWEEP_MS = 60_000;
const OWN_ACCOUNT = "000000000000";

export type SqsOptions = {
  /** A path, or `:memory:`. */
  file: string;
  clock: VirtualClock;
  queues: Queue[];
  /** `http://127.0.0.1:port`, asked late because the door knows its port late. */
  baseUrl?: () => string;
  account?: string;
  /** 0 ≤ x < 1; decides duplicates and order when these faults are on. */
  random?: () => number;
};

function removeHere(
  core: SqsCore,
  state: QueueState,
  { id, group_id }: { id: number; group_id: string },
): void {
  core.table.remove(id);
  unhide(state, id, core.clock.now());
  countIn(state, group_id, -1);
}

function sweepRetention(core: SqsCore): void {
  const nowMs = core.clock.now();
  core.table.transaction(() => {
    for (const state of core.states.values()) {
      const rows = core.table.expired(state.queue.name, nowMs - state.queue.retentionS * 1000);
      for (const row of rows) removeHere(core, state, row);
    }
  });
}

function purgeQueue(core: SqsCore, input: { QueueUrl: string }): Record<string, never> {
  const state = stateByUrl(core, input.QueueUrl);
  core.table.transaction(() => {
    for (const row of core.table.expired(state.queue.name, Number.MAX_SAFE_INTEGER))
      removeHere(core, state, row);
  });
  return {};
}

function createCore(options: SqsOptions): SqsCore {
  const table = openMessageTable(options.file);
  const { clock, queues, baseUrl = () => "http://127.0.0.1", account = OWN_ACCOUNT } = options;
  return {
    clock,
    table,
    states: new Map(queues.map((queue) => [queue.name, loadQueueState(queue, table, clock)])),
    random: options.random ?? Math.random,
    closing: new AbortController(),
    queueUrl: (name) => `${baseUrl()}/${account}/${name}`,
  };
}

function actionsOf(core: SqsCore) {
  const tasks: RunningTask[] = [];
  type In<F extends (core: SqsCore, input: never) => unknown> = Parameters<F>[1];
  return {
    sendMessage: async (input: In<typeof sendMessage>, options?: CallOptions) =>
      sendMessage(core, input, options),
    sendMessageBatch: async (input: In<typeof sendMessageBatch>, options?: CallOptions) =>
      sendMessageBatch(core, input, options),
    receiveMessage: (input: In<typeof receiveMessage>, options?: CallOptions) =>
      receiveMessage(core, input, options),
    deleteMessage: async (input: In<typeof deleteMessage>) => deleteMessage(core, input),
    deleteMessageBatch: async (input: In<typeof deleteMessageBatch>) => deleteMessageBatch(core, input),
    changeMessageVisibility: async (input: In<typeof changeMessageVisibility>) =>
      changeMessageVisibility(core, input),
    changeMessageVisibilityBatch: async (input: In<typeof changeMessageVisibilityBatch>) =>
      changeMessageVisibilityBatch(core, input),
    getQueueUrl: async (input: In<typeof getQueueUrl>) => getQueueUrl(core, input),
    getQueueAttributes: async (input: In<typeof getQueueAttributes>) => getQueueAttributes(core, input),
    listQueues: async (input: In<typeof listQueues>) => listQueues(core, input),
    purgeQueue: async (input: In<typeof purgeQueue>) => purgeQueue(core, input),
    startMessageMoveTask: async (input: Parameters<typeof startMessageMoveTask>[2]) =>
      startMessageMoveTask(core, tasks, input),
    listMessageMoveTasks: async (input: Parameters<typeof listMessageMoveTasks>[1]) =>
      listMessageMoveTasks(tasks, input),
    listDeadLetterSourceQueues: async (input: In<typeof listDeadLetterSourceQueues>) =>
      listDeadLetterSourceQueues(core, input),
  };
}

export type SqsActions = ReturnType<typeof actionsOf>;

export type Sqs = SqsActions & {
  faults: { set(queueName: string, faults: QueueFaults): void };
  counts(queueName: string): QueueCounts;
  /** Age of the oldest message, in flight or not; 0 for an empty queue. */
  oldestAgeMs(queueName: string): number;
  /** Messages that could be received now, in the named queues or in all. */
  visibleCount(queueNames?: string[]): number;
  queueUrl(queueName: string): string;
  close(): void;
};

export function createSqs(options: SqsOptions): Sqs {
  const core = createCore(options);
  let cancelSweep: (() => void) | undefined;
  const armSweep = () => {
    const run = () => {
      sweepRetention(core);
      armSweep();
    };
    cancelSweep = core.clock.setTimer(core.clock.now() + RETENTION_SWEEP_MS, run, { lazy: true });
  };
  sweepRetention(core);
  armSweep();
  return {
    ...actionsOf(core),
    faults: {
      set(queueName, faults) {
        stateByName(core, queueName).faults = faults;
      },
    },
    counts: (queueName) => countsOf(core, stateByName(core, queueName)),
    oldestAgeMs(queueName) {
      const sentMs = core.table.oldestSentMs(stateByName(core, queueName).queue.name);
      return sentMs === null ? 0 : Math.max(0, core.clock.now() - sentMs);
    },
    visibleCount: (queueNames = [...core.states.keys()]) =>
      queueNames.reduce((sum, name) => sum + countsOf(core, stateByName(core, name)).visible, 0),
    queueUrl: (queueName) => core.queueUrl(stateByName(core, queueName).queue.name),
    close() {
      cancelSweep?.();
      core.closing.abort();
      for (const state of core.states.values()) {
        state.cancelAlarm();
        for (const waiter of [...state.waiters]) waiter();
      }
      core.table.close();
    },
  };
}
