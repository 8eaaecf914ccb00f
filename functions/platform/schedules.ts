import { sha256Hex } from "../core/hash.ts";
import type { Notification } from "../core/notification/notification.ts";
import { ENV } from "../names.ts";
import { AWS_CALLS } from "./aws-calls.ts";
import { need } from "./env.ts";

/** On `ingest`: a schedule has fired. */
export type Fired = { v: 1; kind: "fired"; app: string; notification: string; revision: number };

/** One schedule per timed notification; its name follows from the notification. */
export const scheduleName = (app: string, id: string): string =>
  `n-${sha256Hex(`${app}#${id}`).slice(0, 40)}`;

/** Loaded when a notification lies more than 15 minutes ahead: most environments never need it. */
async function scheduler() {
  const sdk = await import("@aws-sdk/client-scheduler");
  client ??= new sdk.SchedulerClient(AWS_CALLS);
  return { sdk, client };
}
let client: import("@aws-sdk/client-scheduler").SchedulerClient | undefined;

function definition(notification: Notification, fireAtMs: number) {
  const { app, id, revision } = notification;
  const fired: Fired = { v: 1, kind: "fired", app, notification: id, revision };
  return {
    Name: scheduleName(app, id),
    GroupName: need(ENV.scheduleGroup),
    ScheduleExpression: `at(${new Date(fireAtMs).toISOString().slice(0, 19)})`,
    ScheduleExpressionTimezone: "UTC",
    FlexibleTimeWindow: { Mode: "OFF" as const },
    ActionAfterCompletion: "DELETE" as const,
    Target: {
      Arn: need(ENV.scheduleTargetArn),
      RoleArn: need(ENV.scheduleRoleArn),
      Input: JSON.stringify(fired),
    },
  };
}

/** Creates the notification's schedule; the same one again is no error. */
export async function createSchedule(notification: Notification, fireAtMs: number): Promise<void> {
  const { sdk, client } = await scheduler();
  try {
    await client.send(new sdk.CreateScheduleCommand(definition(notification, fireAtMs)));
  } catch (error) {
    if (!(error instanceof sdk.ConflictException)) throw error;
  }
}

/** Moves a schedule, or makes it where there was none. */
export async function moveSchedule(notification: Notification, fireAtMs: number): Promise<void> {
  const { sdk, client } = await scheduler();
  try {
    await client.send(new sdk.UpdateScheduleCommand(definition(notification, fireAtMs)));
  } catch (error) {
    if (!(error instanceof sdk.ResourceNotFoundException)) throw error;
    await createSchedule(notification, fireAtMs);
  }
}

/** Deletes a schedule; one that has fired is gone already. */
export async function deleteSchedule({ app, id }: Notification): Promise<void> {
  const { sdk, client } = await scheduler();
  try {
    await client.send(
      new sdk.DeleteScheduleCommand({ Name: scheduleName(app, id), GroupName: need(ENV.scheduleGroup) }),
    );
  } catch (error) {
    if (!(error instanceof sdk.ResourceNotFoundException)) throw error;
  }
}
