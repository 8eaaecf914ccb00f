import { RemovalPolicy, Stack } from "aws-cdk-lib";
import { Effect, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { ScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { ENV } from "../../functions/names.ts";
import type { ClarionFunction } from "./function.ts";

/** The group of one-time schedules, and the role in which they put their message on `ingest`. */
export class Schedules extends Construct {
  readonly group: ScheduleGroup;
  private readonly role: Role;
  private readonly target: Queue;

  constructor(scope: Construct, id: string, props: { target: Queue }) {
    super(scope, id);
    this.target = props.target;
    // Its name is its own: a group that outlived its stack would be in the way of the next one. What was scheduled is
    // found by the reconciler, at its time.
    this.group = new ScheduleGroup(this, "Group", { removalPolicy: RemovalPolicy.DESTROY });
    this.role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
    });
    this.role.addToPolicy(
      new PolicyStatement({
        sid: "FireIntoIngest",
        effect: Effect.ALLOW,
        actions: ["sqs:SendMessage"],
        resources: [props.target.queueArn],
      }),
    );
  }

  /** Lets a function write schedules of this group and hand them the group's role. */
  bind(fn: ClarionFunction): void {
    const { partition, region, account } = Stack.of(this);
    fn.env(ENV.scheduleGroup, this.group.scheduleGroupName);
    fn.env(ENV.scheduleRoleArn, this.role.roleArn);
    fn.env(ENV.scheduleTargetArn, this.target.queueArn);
    fn.allow(
      "WriteSchedules",
      ["scheduler:CreateSchedule", "scheduler:DeleteSchedule"],
      [`arn:${partition}:scheduler:${region}:${account}:schedule/${this.group.scheduleGroupName}/*`],
      { because: "schedules are made at run time, one per timed notification; the group bounds them" },
    );
    fn.allow("PassScheduleRole", ["iam:PassRole"], [this.role.roleArn], {
      conditions: { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } },
    });
  }
}
