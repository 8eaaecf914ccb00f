import { Stack } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { SqsSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

/** Where SES tells of bounces, complaints, openings and clicks: the target of a configuration set's events. */
export class MailEvents extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: { target: Queue; dead: Queue }) {
    super(scope, id);
    this.topic = new Topic(this, "Topic", { enforceSSL: true });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: "PublishMailEvents",
        principals: [new ServicePrincipal("ses.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
    );
    this.topic.addSubscription(
      new SqsSubscription(props.target, { rawMessageDelivery: true, deadLetterQueue: props.dead }),
    );
  }
}
