import { randomUUID } from "node:crypto";
import { AwsError } from "../door/aws-error.ts";
import { type SqsCore, stateByArn } from "./core.ts";
import { badValue } from "./errors.ts";
import { countIn, type QueueState, visibleIn, wake } from "./queue-state.ts";
import type { MoveTask } from "./shapes.ts";
import { requireRange } from "./validate.ts";

/** "A maximum of 500 messages per second", SQS API Reference, StartMessageMoveTask. */
const MAX_PER_SECOND = 500;

export type StartMoveInput = {
  SourceArn: string;
  DestinationArn?: string;
  MaxNumberOfMessagesPerSecond?: number;
};
export type RunningTask = MoveTask & { handle: string };

function sourcesOf(core: SqsCore, deadLetterArn: string): QueueState[] {
  return [...core.states.values()].filter((state) => state.queue.redrive?.deadLetterArn === deadLetterArn);
}

/** A redriven message is a new one: new id, new time, no receives. */
function moveOne(core: SqsCore, from: QueueState, id: number, destinationArn: string | undefined): void {
  const row = core.table.get(id)!;
  const arn = destinationArn ?? row.dead_letter_source ?? sourcesOf(core, from.queue.arn)[0]!.queue.arn;
  const target = stateByArn(core, arn);
  const nowMs = core.clock.now();
  core.table.remove(id);
  countIn(from, row.group_id, -1);
  const {
    queue: _from,
    id: _id,
    receive_count,
    receipt,
    first_received_at,
    dead_letter_source,
    ...kept
  } = row;
  core.table.insert({
    ...kept,
    queue: target.queue.name,
    message_id: randomUUID(),
    sent_at: nowMs,
    visible_at: nowMs,
  });
  countIn(target, row.group_id);
  queueMicrotask(() => wake(target));
}

function step(core: SqsCore, task: RunningTask): void {
  const source = stateByArn(core, task.SourceArn);
  const perSecond = task.MaxNumberOfMessagesPerSecond ?? MAX_PER_SECOND;
  const moved = core.table.transaction(() => {
    const due = core.table.due(source.queue.name, core.clock.now(), perSecond);
    for (const { id } of due) moveOne(core, source, id, task.DestinationArn);
    return due.length;
  });
  task.ApproximateNumberOfMessagesMoved += moved;
  if (moved < perSecond) task.Status = "COMPLETED";
  else core.clock.setTimer(core.clock.now() + 1000, () => step(core, task));
}

export function startMessageMoveTask(core: SqsCore, tasks: RunningTask[], input: StartMoveInput) {
  const source = stateByArn(core, input.SourceArn);
  requireRange("MaxNumberOfMessagesPerSecond", input.MaxNumberOfMessagesPerSecond, 1, MAX_PER_SECOND);
  if (sourcesOf(core, input.SourceArn).length === 0) {
    throw badValue("Source queue must be configured as a Dead Letter Queue.");
  }
  if (input.DestinationArn) stateByArn(core, input.DestinationArn);
  if (tasks.some((task) => task.SourceArn === input.SourceArn && task.Status === "RUNNING")) {
    throw new AwsError(
      "UnsupportedOperation",
      "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
    );
  }
  const task: RunningTask = {
    ...input,
    handle: Buffer.from(`${randomUUID()}:${input.SourceArn}`).toString("base64"),
    Status: "RUNNING",
    ApproximateNumberOfMessagesMoved: 0,
    ApproximateNumberOfMessagesToMove: visibleIn(source),
    StartedTimestamp: core.clock.now(),
  };
  tasks.unshift(task);
  step(core, task);
  return { TaskHandle: task.handle };
}

export function listMessageMoveTasks(
  tasks: RunningTask[],
  input: { SourceArn: string; MaxResults?: number },
) {
  const own = tasks.filter((task) => task.SourceArn === input.SourceArn).slice(0, input.MaxResults ?? 1);
  return {
    Results: own.map(({ handle, ...task }) =>
      task.Status === "RUNNING" ? { ...task, TaskHandle: handle } : task,
    ) satisfies MoveTask[],
  };
}
