import type { VirtualClock } from "../clock/virtual-clock.ts";
import { AwsError } from "../door/aws-error.ts";
import { badReceiptHandle, noSuchQueue } from "./errors.ts";
import type { MessageRow, MessageTable } from "./message-table.ts";
import type { QueueState } from "./queue-state.ts";

export type SqsCore = {
  readonly clock: VirtualClock;
  readonly table: MessageTable;
  readonly states: Map<string, QueueState>;
  readonly random: () => number;
  queueUrl(name: string): string;
  /** Aborted at close: ends every long poll. */
  readonly closing: AbortController;
};

export function stateByName(core: SqsCore, name: string): QueueState {
  const state = core.states.get(name);
  if (!state) throw noSuchQueue(name);
  return state;
}

export function stateByUrl(core: SqsCore, queueUrl: string | undefined): QueueState {
  if (!queueUrl) throw new AwsError("MissingParameter", "The request must contain the parameter QueueUrl.");
  return stateByName(core, queueUrl.slice(queueUrl.lastIndexOf("/") + 1));
}

export function stateByArn(core: SqsCore, arn: string): QueueState {
  for (const state of core.states.values()) if (state.queue.arn === arn) return state;
  throw new AwsError(
    "ResourceNotFoundException",
    `The resource that you specified for the ARN doesn't exist: ${arn}.`,
  );
}

export type Receipt = { id: number; nonce: string };

export const receiptHandle = (queue: string, { id, nonce }: Receipt) =>
  Buffer.from(`${id}:${nonce}:${queue}`).toString("base64");

export function parseReceiptHandle(queue: string, handle: unknown): Receipt {
  const text = typeof handle === "string" ? Buffer.from(handle, "base64").toString() : "";
  const match = /^(\d{1,15}):([0-9a-f]{16}):(.+)$/.exec(text);
  if (!match || match[3] !== queue) throw badReceiptHandle(handle);
  return { id: Number(match[1]), nonce: match[2]! };
}

export type Held = { row: MessageRow } | "gone" | "received again";

/** What a receipt handle still stands for: only the latest receive of a message owns it. */
export function heldBy(core: SqsCore, state: QueueState, handle: unknown): Held {
  const receipt = parseReceiptHandle(state.queue.name, handle);
  const row = core.table.get(receipt.id);
  if (!row || row.queue !== state.queue.name) return "gone";
  return row.receipt === receipt.nonce ? { row } : "received again";
}
