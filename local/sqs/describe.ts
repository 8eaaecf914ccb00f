import { type SqsCore, stateByName, stateByUrl } from "./core.ts";
import { expireHidden, type QueueState, visibleIn } from "./queue-state.ts";

export type QueueCounts = { visible: number; inFlight: number; delayed: number };

export function countsOf(core: SqsCore, state: QueueState): QueueCounts {
  expireHidden(state, core.clock.now());
  const inFlight = state.fairness.inFlight();
  return { visible: visibleIn(state), inFlight, delayed: state.hidden.size - inFlight };
}

export function getQueueAttributes(core: SqsCore, input: { QueueUrl: string; AttributeNames?: string[] }) {
  const state = stateByUrl(core, input.QueueUrl);
  const { queue } = state;
  const counts = countsOf(core, state);
  const all: Record<string, string> = {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    VisibilityTimeout: String(queue.visibilityTimeoutS),
    DelaySeconds: String(queue.delayS),
    MessageRetentionPeriod: String(queue.retentionS),
    MaximumMessageSize: String(queue.maximumMessageBytes),
    ReceiveMessageWaitTimeSeconds: "0",
    ...(queue.redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: queue.redrive.deadLetterArn,
        maxReceiveCount: queue.redrive.maxReceiveCount,
      }),
    }),
  };
  const wanted = input.AttributeNames ?? [];
  if (wanted.includes("All")) return { Attributes: all };
  return { Attributes: Object.fromEntries(Object.entries(all).filter(([name]) => wanted.includes(name))) };
}

export const getQueueUrl = (core: SqsCore, input: { QueueName: string }) => ({
  QueueUrl: core.queueUrl(stateByName(core, input.QueueName).queue.name),
});

export function listQueues(core: SqsCore, input: { QueueNamePrefix?: string }) {
  const names = [...core.states.keys()].filter((name) => name.startsWith(input.QueueNamePrefix ?? ""));
  return { QueueUrls: names.sort().map((name) => core.queueUrl(name)) };
}

export function listDeadLetterSourceQueues(core: SqsCore, input: { QueueUrl: string }) {
  const { arn } = stateByUrl(core, input.QueueUrl).queue;
  const sources = [...core.states.values()].filter((state) => state.queue.redrive?.deadLetterArn === arn);
  return { queueUrls: sources.map((state) => core.queueUrl(state.queue.name)) };
}
