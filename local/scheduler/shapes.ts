export type ScheduleTarget = {
  Arn: string;
  RoleArn: string;
  Input?: string;
  RetryPolicy?: { MaximumEventAgeInSeconds?: number; MaximumRetryAttempts?: number };
  DeadLetterConfig?: { Arn?: string };
  SqsParameters?: { MessageGroupId?: string };
};

export type ScheduleInput = {
  Name: string;
  GroupName?: string;
  ScheduleExpression: string;
  ScheduleExpressionTimezone?: string;
  /** Epoch seconds. */
  StartDate?: number;
  EndDate?: number;
  Description?: string;
  State?: "ENABLED" | "DISABLED";
  Target: ScheduleTarget;
  FlexibleTimeWindow: { Mode: "OFF" | "FLEXIBLE"; MaximumWindowInMinutes?: number };
  ActionAfterCompletion?: "NONE" | "DELETE";
  ClientToken?: string;
};

/** A schedule as it is kept. */
export type Schedule = ScheduleInput & {
  GroupName: string;
  arn: string;
  createdMs: number;
  changedMs: number;
  /** The time of the last fire that was handed over; the next is counted from here. */
  firedMs?: number;
};

/**
 * Fires each schedule again, or late, to see what the target does with it; `fireDeleted`: a schedule fires although
 * it was deleted meanwhile, as one does that was already on its way.
 */
export type SchedulerFaults = { fireTwice?: boolean; lateMs?: number; fireDeleted?: boolean };
