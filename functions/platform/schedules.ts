import { sha256Hex } from "../core/hash.ts";
import type { Attempt, Notification } from "../core/notification/notification.ts";
import { ENV } from "../names.ts";
import { AWS_CALLS } from "./aws-calls.ts";
import { need } from "./env.ts";

/** On `ingest`: a schedule has fired. */
export type Fired = {
  v: 1;
  kind: "fired";
  app: string;
  notification: string;
  revision: number;
  /** Unset: a schedule of version 0.1. */
  attempt?: string;
};

/**
 * A schedule of its own for every attempt to write a timed notification, a new one or a change: who loses takes back
 * nobody else's. Names have up to 64 characters; 0.1, whose headers have no attempt, used one for all revisions.
 */
export const scheduleName = ({ app, id, attempt }: Pick<Notification, "app" | "id" | "attempt">): string =>
  `n-${sha256Hex(`${app}#${id}`).slice(0, 40)}${attempt === undefined ? "" : `-${sha256Hex(attempt).slice(0, 20)}`}`;

/** Loaded when a notification lies more than 15 minutes ahead: most environments never need it. */
async function scheduler() {
  const sdk = await import("@aws-sdk/client-scheduler");
  client ??= new sdk.SchedulerClient(AWS_CALLS);
  return { sdk, client };
}
let client: import("@aws-sdk/client-scheduler").SchedulerClient | undefined;

function definition({ app, id, revision, attempt }: Attempt, fireAtMs: number) {
  const fired: Fired = { v: 1, kind: "fired", app, notification: id, revision, attempt };
  return {
    Name: scheduleName({ app, id, attempt }),
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

/** Creates an attempt's schedule. Its name is the attempt's own: what stands there already is its own, acknowledged late. */
export async function createSchedule(attempt: Attempt, fireAtMs: number): Promise<void> {
  const { sdk, client } = await scheduler();
  try {
    await client.send(new sdk.CreateScheduleCommand(definition(attempt, fireAtMs)));
  } catch (error) {
    if (!(error instanceof sdk.ConflictException)) throw error;
  }
}

/** Deletes a notification's schedule; one that has fired is gone already. */
export async function deleteSchedule(notification: Notification): Promise<void> {
  const { sdk, client } = await scheduler();
  try {
    await client.send(
      new sdk.DeleteScheduleCommand({
        Name: scheduleName(notification),
        GroupName: need(ENV.scheduleGroup),
      }),
    );
  } catch (error) {
    if (!(error instanceof sdk.ResourceNotFoundException)) throw error;
  }
}
