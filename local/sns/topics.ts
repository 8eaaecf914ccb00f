import type { Door } from "../door/door.ts";
import type { Deployment } from "../template/model.ts";

export type TopicParts = {
  deployment: Pick<Deployment, "subscriptions" | "queues" | "outputs">;
  door: Pick<Door, "call" | "sqs">;
};

/** A topic's message goes to the queues that are subscribed to it. As with SNS, the queue's policy decides. */
export async function publishTo({ deployment, door }: TopicParts, output: string, message: object) {
  const topicArn = deployment.outputs[output];
  if (topicArn === undefined) throw new Error(`the template has no output ${output}`);
  const principal = { kind: "service", service: "sns.amazonaws.com", sourceArn: topicArn } as const;
  for (const { queueArn } of deployment.subscriptions.filter((one) => one.topicArn === topicArn)) {
    const queue = deployment.queues.find(({ arn }) => arn === queueArn);
    if (queue === undefined) throw new Error(`no queue ${queueArn} in the template`);
    const input = { QueueUrl: door.sqs.queueUrl(queue.name), MessageBody: JSON.stringify(message) };
    await door.call(principal, "sqs", "SendMessage", input);
  }
}
