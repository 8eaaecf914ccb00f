import { Stack } from "aws-cdk-lib";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnSubscriptionFilter } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { ClarionFunction } from "./function.ts";

/** What SNS calls the groups of its log; it makes them with the first line, or the operator does before. */
const GROUPS = { Delivered: "", Failed: "/Failure" } as const;

/** Hands SNS's delivery log of text messages, both groups of it, to a function. */
export class DeliveryLogs extends Construct {
  constructor(scope: Construct, id: string, { reader }: { reader: ClarionFunction }) {
    super(scope, id);
    const { region, account, partition } = Stack.of(this);
    for (const [name, ending] of Object.entries(GROUPS)) {
      const group = `sns/${region}/${account}/DirectPublishToPhoneNumber${ending}`;
      reader.lambda.addPermission(`Invoke${name}`, {
        principal: new ServicePrincipal("logs.amazonaws.com"),
        sourceArn: `arn:${partition}:logs:${region}:${account}:log-group:${group}:*`,
        sourceAccount: account,
      });
      const filter = new CfnSubscriptionFilter(this, name, {
        logGroupName: group,
        filterPattern: "",
        destinationArn: reader.lambda.functionArn,
      });
      // CloudWatch Logs tries whether it may invoke before it takes the subscription.
      filter.node.addDependency(reader.lambda);
    }
  }
}
