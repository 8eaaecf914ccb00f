import { AwsError } from "../door/aws-error.ts";
import { heldBy, type SqsCore, stateByUrl } from "./core.ts";
import { badValue } from "./errors.ts";
import { countIn, expireHidden, hide, type QueueState, unhide, wake } from "./queue-state.ts";
import { failureOf } from "./send.ts";
import type { BatchInput, BatchOutput, ChangeVisibilityInput, DeleteMessageInput } from "./shapes.ts";
import { requireBatch, requireVisibility } from "./validate.ts";

const MAX_HELD_MS = 12 * 3_600_000;

/**
 * "You must provide the most recently received ReceiptHandle (otherwise, the request succeeds, but the message
 * will not be deleted)": SQS API Reference, DeleteMessage. A handle that only expired still deletes.
 */
export function deleteMessage(core: SqsCore, input: DeleteMessageInput): Record<string, never> {
  const state = stateByUrl(core, input.QueueUrl);
  const held = heldBy(core, state, input.ReceiptHandle);
  if (typeof held === "string") return {};
  core.table.remove(held.row.id);
  unhide(state, held.row.id, core.clock.now());
  countIn(state, held.row.group_id, -1);
  return {};
}

const unavailable = (handle: string, reason: string) =>
  badValue(`Value ${handle} for parameter ReceiptHandle is invalid. Reason: ${reason}.`);

function hideAgain(core: SqsCore, state: QueueState, input: ChangeVisibilityInput): void {
  const nowMs = core.clock.now();
  expireHidden(state, nowMs);
  const held = heldBy(core, state, input.ReceiptHandle);
  if (held === "gone") {
    throw unavailable(
      input.ReceiptHandle,
      "Message does not exist or is not available for visibility timeout change",
    );
  }
  if (held === "received again") {
    throw unavailable(input.ReceiptHandle, "The receipt handle is stale: the message was received again");
  }
  const entry = state.hidden.get(held.row.id);
  if (!entry) throw new AwsError("MessageNotInflight", "The specified message isn't in flight.");
  const sinceMs = entry.sinceMs ?? nowMs;
  const untilMs = nowMs + input.VisibilityTimeout * 1000;
  if (untilMs - sinceMs > MAX_HELD_MS) {
    throw badValue(
      `Value ${input.VisibilityTimeout} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds].`,
    );
  }
  core.table.hideUntil(held.row.id, untilMs);
  unhide(state, held.row.id, nowMs);
  if (input.VisibilityTimeout === 0) wake(state);
  else hide(state, core.clock, { id: held.row.id, group: held.row.group_id, untilMs, sinceMs });
}

export function changeMessageVisibility(core: SqsCore, input: ChangeVisibilityInput): Record<string, never> {
  const state = stateByUrl(core, input.QueueUrl);
  if (input.VisibilityTimeout === undefined) {
    throw new AwsError("MissingParameter", "The request must contain the parameter VisibilityTimeout.");
  }
  requireVisibility(input.VisibilityTimeout);
  hideAgain(core, state, input);
  return {};
}

function eachEntry<T extends object>(
  core: SqsCore,
  input: BatchInput<T>,
  apply: (entry: T & { QueueUrl: string }) => void,
): BatchOutput<object> {
  stateByUrl(core, input.QueueUrl);
  requireBatch(input.Entries);
  const output: BatchOutput<object> = { Successful: [], Failed: [] };
  core.table.transaction(() => {
    for (const entry of input.Entries) {
      try {
        apply({ ...entry, QueueUrl: input.QueueUrl });
        output.Successful.push({ Id: entry.Id });
      } catch (error) {
        output.Failed.push(failureOf(entry.Id, error));
      }
    }
  });
  return output;
}

export const deleteMessageBatch = (core: SqsCore, input: BatchInput<{ ReceiptHandle: string }>) =>
  eachEntry(core, input, (entry) => deleteMessage(core, entry));

export const changeMessageVisibilityBatch = (
  core: SqsCore,
  input: BatchInput<{ ReceiptHandle: string; VisibilityTimeout: number }>,
) => eachEntry(core, input, (entry) => changeMessageVisibility(core, entry));
