import type { VirtualClock } from "../clock/virtual-clock.ts";
import { AwsError } from "../door/aws-error.ts";
import type { Meter } from "../meter/meter.ts";
import type { Deployment } from "../template/model.ts";
import type { SchedulerCall } from "./deliver.ts";
import { arm, disarm, type Firing } from "./firing.ts";
import { openScheduleTable } from "./schedule-table.ts";
import type { Schedule, ScheduleInput, SchedulerFaults } from "./shapes.ts";
import { requireName, requireSchedule } from "./validate.ts";

export type SchedulerOptions = {
  file: string;
  clock: VirtualClock;
  deployment: Deployment;
  call: SchedulerCall;
  queueUrl(name: string): string;
  meter: Meter;
  /** A fire that was dropped after its retries; printed if absent. */
  onDropped?: (schedule: Schedule, reason: string) => void;
};

type Core = { options: SchedulerOptions; firing: Firing };
type Named = { Name: string; GroupName?: string };

const groupOf = (input: { GroupName?: string }) => input.GroupName || "default";

function requireGroup(core: Core, name: string): void {
  if (core.firing.table.groups().some((group) => group.name === name)) return;
  throw new AwsError("ResourceNotFoundException", `Schedule group ${name} does not exist.`, 404);
}

function requireExisting(core: Core, input: Named): Schedule {
  const schedule = core.firing.table.get(groupOf(input), input.Name);
  if (schedule) return schedule;
  throw new AwsError("ResourceNotFoundException", `Schedule ${input.Name} does not exist.`, 404);
}

function arnOf(core: Core, input: Named): string {
  const { region, account } = core.options.deployment;
  return `arn:aws:scheduler:${region}:${account}:schedule/${groupOf(input)}/${input.Name}`;
}

function createSchedule(core: Core, input: ScheduleInput) {
  requireSchedule(input, core.options.deployment);
  requireGroup(core, groupOf(input));
  const known = core.firing.table.get(groupOf(input), input.Name);
  if (known) {
    if (input.ClientToken !== undefined && known.ClientToken === input.ClientToken)
      return { ScheduleArn: known.arn };
    throw new AwsError("ConflictException", `Schedule ${input.Name} already exists.`, 409);
  }
  const nowMs = core.options.clock.now();
  const schedule = {
    ...input,
    GroupName: groupOf(input),
    arn: arnOf(core, input),
    createdMs: nowMs,
    changedMs: nowMs,
  };
  core.firing.table.put(schedule);
  arm(core.firing, schedule);
  return { ScheduleArn: schedule.arn };
}

/** Replaces the whole schedule: what is not given goes back to its default, as on AWS. */
function updateSchedule(core: Core, input: ScheduleInput) {
  requireSchedule(input, core.options.deployment);
  const known = requireExisting(core, input);
  const schedule: Schedule = {
    ...input,
    GroupName: known.GroupName,
    arn: known.arn,
    createdMs: known.createdMs,
    // Strictly later, so that a fire of the old version does not touch the new one.
    changedMs: Math.max(core.options.clock.now(), known.changedMs + 1),
    ...(input.ScheduleExpression.startsWith("rate") &&
      known.firedMs !== undefined && { firedMs: known.firedMs }),
  };
  core.firing.table.put(schedule);
  arm(core.firing, schedule);
  return { ScheduleArn: schedule.arn };
}

function deleteSchedule(core: Core, input: Named) {
  const schedule = requireExisting(core, input);
  if (!core.firing.faults.fireDeleted) disarm(core.firing, schedule);
  core.firing.table.remove(schedule.GroupName, schedule.Name);
  return {};
}

function describe({ arn, createdMs, changedMs, firedMs, ClientToken, ...input }: Schedule) {
  return {
    ...input,
    Arn: arn,
    State: input.State ?? "ENABLED",
    ScheduleExpressionTimezone: input.ScheduleExpressionTimezone ?? "UTC",
    ActionAfterCompletion: input.ActionAfterCompletion ?? "NONE",
    CreationDate: createdMs / 1000,
    LastModificationDate: changedMs / 1000,
  };
}

type ListInput = {
  GroupName?: string;
  NamePrefix?: string;
  State?: string;
  MaxResults?: number;
  NextToken?: string;
};

function listSchedules(core: Core, input: ListInput) {
  const matching = core.firing.table
    .all()
    .filter((schedule) => input.GroupName === undefined || schedule.GroupName === input.GroupName)
    .filter((schedule) => schedule.Name.startsWith(input.NamePrefix ?? ""))
    .map(describe)
    .filter((schedule) => input.State === undefined || schedule.State === input.State);
  const start = Number(input.NextToken ?? 0);
  const end = start + (input.MaxResults ?? 100);
  return {
    Schedules: matching.slice(start, end).map((schedule) => ({
      Arn: schedule.Arn,
      Name: schedule.Name,
      GroupName: schedule.GroupName,
      State: schedule.State,
      CreationDate: schedule.CreationDate,
      LastModificationDate: schedule.LastModificationDate,
      Target: { Arn: schedule.Target.Arn },
    })),
    ...(end < matching.length && { NextToken: String(end) }),
  };
}

const groupArn = (core: Core, name: string) =>
  `arn:aws:scheduler:${core.options.deployment.region}:${core.options.deployment.account}:schedule-group/${name}`;

function createGroup(core: Core, input: { Name: string }) {
  requireName("Name", input.Name);
  const known = core.firing.table.groups().some((group) => group.name === input.Name);
  if (known) throw new AwsError("ConflictException", `Schedule group ${input.Name} already exists.`, 409);
  core.firing.table.addGroup(input.Name, core.options.clock.now());
  return { ScheduleGroupArn: groupArn(core, input.Name) };
}

function getGroup(core: Core, input: { Name: string }) {
  requireGroup(core, input.Name);
  const group = core.firing.table.groups().find((candidate) => candidate.name === input.Name)!;
  const date = group.created_ms / 1000;
  return {
    Arn: groupArn(core, input.Name),
    Name: input.Name,
    State: "ACTIVE",
    CreationDate: date,
    LastModificationDate: date,
  };
}

function deleteGroup(core: Core, input: { Name: string }) {
  requireGroup(core, input.Name);
  for (const schedule of core.firing.table.all()) {
    if (schedule.GroupName === input.Name) deleteSchedule(core, schedule);
  }
  core.firing.table.removeGroup(input.Name);
  return {};
}

function createCore(options: SchedulerOptions): Core {
  const { clock, call, queueUrl, meter, deployment } = options;
  const table = openScheduleTable(options.file);
  for (const name of ["default", ...deployment.scheduleGroups.map((group) => group.name)]) {
    table.addGroup(name, clock.now());
  }
  const onDropped =
    options.onDropped ??
    ((schedule: Schedule, reason: string) =>
      console.error(`The schedule ${schedule.Name} was dropped: ${reason}`));
  const firing: Firing = {
    table,
    delivery: { clock, call, queueUrl, onDropped },
    meter,
    faults: {},
    armed: new Map(),
    onError: (error) => console.error("A schedule could not be delivered.", error),
  };
  for (const schedule of table.all()) arm(firing, schedule);
  return { options, firing };
}

export type Scheduler = ReturnType<typeof createScheduler>;

export function createScheduler(options: SchedulerOptions) {
  const core = createCore(options);
  return {
    createSchedule: (input: ScheduleInput) => createSchedule(core, input),
    updateSchedule: (input: ScheduleInput) => updateSchedule(core, input),
    getSchedule: (input: Named) => describe(requireExisting(core, input)),
    deleteSchedule: (input: Named) => deleteSchedule(core, input),
    listSchedules: (input: ListInput) => listSchedules(core, input),
    createScheduleGroup: (input: { Name: string }) => createGroup(core, input),
    getScheduleGroup: (input: { Name: string }) => getGroup(core, input),
    deleteScheduleGroup: (input: { Name: string }) => deleteGroup(core, input),
    listScheduleGroups: () => ({
      ScheduleGroups: core.firing.table.groups().map((group) => getGroup(core, { Name: group.name })),
    }),
    faults: {
      /** Holds for schedules armed from now on. */
      set(faults: SchedulerFaults) {
        core.firing.faults = faults;
      },
    },
    close() {
      for (const cancel of core.firing.armed.values()) cancel();
      core.firing.table.close();
    },
  };
}
