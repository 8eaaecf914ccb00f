import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { createClock } from "../../../../local/clock/virtual-clock.ts";
import type { DoorOptions } from "../../../../local/door/door.ts";
import { deployment, queue, role, statement } from "../door/deployment.ts";
import { openDoor, sdkOptions } from "../door/fixture.ts";

const ingest = queue("ingest");
const dead = queue("dead");
const runner = role(
  "Runner",
  [statement("R#0", ["sqs:SendMessage"], [ingest.arn, dead.arn])],
  ["scheduler.amazonaws.com"],
);
const powerless = role(
  "Powerless",
  [statement("P#0", ["sqs:SendMessage"], [dead.arn])],
  ["scheduler.amazonaws.com"],
);
const untrusted = role("Untrusted", []);
const creator = role("Creator", [
  statement(
    "C#0",
    ["scheduler:CreateSchedule"],
    ["arn:aws:scheduler:us-east-1:000000000000:schedule/timed/*"],
  ),
  statement("C#1", ["iam:PassRole"], [runner.arn], {
    conditions: { StringEquals: { "iam:PassedToService": ["scheduler.amazonaws.com"] } },
  }),
]);
const house = deployment({
  roles: [runner, powerless, untrusted, creator],
  queues: [ingest, dead],
  scheduleGroups: [
    { logicalId: "G", name: "timed", arn: "arn:aws:scheduler:us-east-1:000000000000:schedule-group/timed" },
  ],
});

async function open(t: TestContext, more: Partial<DoorOptions> = {}) {
  const { door, clock } = await openDoor(t, house, more);
  const client = new SchedulerClient(sdkOptions(door));
  t.after(() => client.destroy());
  const at = (afterMs: number) => `at(${new Date(clock.now() + afterMs).toISOString().slice(0, 19)})`;
  const input = (
    Name: string,
    change: Partial<CreateScheduleCommandInput> = {},
  ): CreateScheduleCommandInput => ({
    Name,
    GroupName: "timed",
    ScheduleExpression: at(3_600_000),
    FlexibleTimeWindow: { Mode: "OFF" },
    ActionAfterCompletion: "DELETE",
    Target: { Arn: ingest.arn, RoleArn: runner.arn, Input: '{"id":"<aws.scheduler.execution-id>"}' },
    ...change,
  });
  const create = (name: string, change: Partial<CreateScheduleCommandInput> = {}) =>
    client.send(new CreateScheduleCommand(input(name, change)));
  const received = async (name = "ingest") =>
    (
      await door.sqs.receiveMessage({
        QueueUrl: door.sqs.queueUrl(name),
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ["All"],
        MessageSystemAttributeNames: ["All"],
      })
    ).Messages ?? [];
  const names = async () =>
    (await client.send(new ListSchedulesCommand({ GroupName: "timed" }))).Schedules!.map(
      (schedule) => schedule.Name,
    );
  return { door, clock, client, create, input, received, names, at };
}

test("a one-time schedule fires once at its time and is gone", async (t) => {
  const { clock, create, received, names, client } = await open(t);
  await create("once");
  const got = await client.send(new GetScheduleCommand({ Name: "once", GroupName: "timed" }));
  assert.equal(got.ActionAfterCompletion, "DELETE");
  assert.ok(got.CreationDate instanceof Date);
  await clock.advance(3_590_000);
  assert.deepEqual(await received(), []);
  await clock.advance(10_000);
  const [message, ...others] = await received();
  assert.match(message!.Body, /^\{"id":"[0-9a-f-]{36}"\}$/);
  assert.equal(others.length, 0);
  assert.deepEqual(await names(), []);
});

test("conflicts, tokens, changes and cancels are as on AWS", async (t) => {
  const { clock, client, create, input, received, at } = await open(t);
  const first = await create("a", { ClientToken: "t1" });
  assert.equal((await create("a", { ClientToken: "t1" })).ScheduleArn, first.ScheduleArn);
  await assert.rejects(create("a", { ClientToken: "t2" }), { name: "ConflictException" });
  await assert.rejects(create("b", { GroupName: "none" }), { name: "ResourceNotFoundException" });
  await assert.rejects(create("b", { ScheduleExpression: "rate(1 minutes)" }), {
    name: "ValidationException",
  });
  await assert.rejects(
    create("b", { Target: { Arn: ingest.arn, RoleArn: untrusted.arn } }),
    /allow AWS EventBridge Scheduler/,
  );
  await client.send(new UpdateScheduleCommand(input("a", { ScheduleExpression: at(7_200_000) })));
  await clock.advance(3_700_000);
  assert.deepEqual(await received(), []);
  await client.send(new DeleteScheduleCommand({ Name: "a", GroupName: "timed" }));
  await assert.rejects(client.send(new GetScheduleCommand({ Name: "a", GroupName: "timed" })), {
    name: "ResourceNotFoundException",
  });
  await clock.advance(7_200_000);
  assert.deepEqual(await received(), []);
});

test("the universal target sends with a group; a rate fires again and again", async (t) => {
  const { door, clock, create, received } = await open(t);
  await create("often", {
    ScheduleExpression: "rate(10 minutes)",
    ActionAfterCompletion: "NONE",
    Target: {
      Arn: "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
      RoleArn: runner.arn,
      Input: JSON.stringify({
        QueueUrl: door.sqs.queueUrl("ingest"),
        MessageBody: "<aws.scheduler.scheduled-time>",
        MessageGroupId: "g",
      }),
    },
  });
  await clock.advance(35 * 60_000);
  const messages = await received();
  assert.equal(messages.length, 3);
  assert.equal(messages[0]!.Attributes!["MessageGroupId"], "g");
  assert.equal(new Set(messages.map((message) => message.Body)).size, 3);
});

test("a fire that the role may not make goes to the dead letters with its reason", async (t) => {
  const { clock, create, received } = await open(t);
  await create("refused", {
    Target: { Arn: ingest.arn, RoleArn: powerless.arn, Input: "{}", DeadLetterConfig: { Arn: dead.arn } },
  });
  await clock.advance(3_600_000);
  const [letter] = await received("dead");
  assert.equal(letter!.MessageAttributes!["ERROR_CODE"]!.StringValue, "AccessDenied");
  assert.deepEqual(await received(), []);
});

test("twice and late on demand", async (t) => {
  const { door, clock, create, received } = await open(t);
  door.faults.scheduler.set({ fireTwice: true, lateMs: 300_000 });
  await create("faulty");
  await clock.advance(3_600_000);
  assert.equal((await received()).length, 0);
  await clock.advance(300_000);
  assert.equal((await received()).length, 2);
  assert.equal(door.meter.totals().units["scheduler.invocation"], 2);
});

test("a deleted schedule that was on its way fires all the same, on demand", async (t) => {
  const { door, clock, create, received } = await open(t);
  const remove = (Name: string) =>
    door.call({ kind: "admin" }, "scheduler", "DeleteSchedule", { Name, GroupName: "timed" });
  await create("deleted");
  await remove("deleted");
  await create("on-its-way");
  door.faults.scheduler.set({ fireDeleted: true });
  await remove("on-its-way");
  await clock.advance(3_600_000);
  assert.equal((await received()).length, 1);
});

test("who creates a schedule must be allowed to, and to pass its role", async (t) => {
  const { door, input } = await open(t);
  const client = new SchedulerClient(sdkOptions(door, door.credentialsFor(creator.arn)));
  t.after(() => client.destroy());
  const send = (change: Partial<CreateScheduleCommandInput>) =>
    client.send(new CreateScheduleCommand(input("mine", change)));
  await send({});
  await assert.rejects(send({ GroupName: "default" }), { name: "AccessDeniedException" });
  await assert.rejects(send({ Target: { Arn: ingest.arn, RoleArn: powerless.arn } }), /iam:PassRole/);
});

test("a schedule whose time passes while the machine is off fires at the next start", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "clarion-schedules-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await t.test("create", async (before) => {
    const { create } = await open(before, { stateFolder: folder });
    await create("kept");
  });
  const { clock, received } = await open(t, {
    stateFolder: folder,
    clock: createClock({ offsetMs: 7_200_000 }),
  });
  await clock.advance(1_000);
  assert.equal((await received()).length, 1);
});
