import { type Demand, type Input, type Place, textOf } from "./demand.ts";

function passRole(input: Input): Demand[] {
  const target = input["Target"] as Input | undefined;
  const roleArn = target ? textOf(target, "RoleArn") : "";
  if (!roleArn) return [];
  return [
    {
      action: "iam:PassRole",
      resource: roleArn,
      context: { "iam:PassedToService": "scheduler.amazonaws.com" },
    },
  ];
}

export function schedulerDemands(place: Place, operation: string, input: Input): Demand[] {
  const action = `scheduler:${operation}`;
  const prefix = `arn:aws:scheduler:${place.region}:${place.account}`;
  if (operation.startsWith("List")) return [{ action, resource: "*" }];
  if (operation.endsWith("ScheduleGroup")) {
    return [{ action, resource: `${prefix}:schedule-group/${textOf(input, "Name")}` }];
  }
  const resource = `${prefix}:schedule/${textOf(input, "GroupName") || "default"}/${textOf(input, "Name")}`;
  return [{ action, resource }, ...passRole(input)];
}
