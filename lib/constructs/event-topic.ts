import { Stack } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { SqsSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

export type EventTopicProps = {
  /** The service of AWS that tells, e.g. `ses.amazonaws.com`: of this account, and nobody else. */
  service: string;
  target: Queue;
  dead: Queue;
};

/** Where a service tells what became of messages: the target of a configuration set's events. */
export class EventTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { service, target, dead }: EventTopicProps) {
    super(scope, id);
    this.topic = new Topic(this, "Topic", { enforceSSL: true });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: `Publish${id}`,
        principals: [new ServicePrincipal(service)],
        actions: ["sns:Publish"],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
    );
    this.topic.addSubscription(
      new SqsSubscription(target, { rawMessageDelivery: true, deadLetterQueue: dead }),
    );
  }
}
