import * as z from "zod/mini";
import { ChangeRequest, Id } from "../notification/request.ts";
import { FINAL_STATES, PRIORITIES, STATES } from "../words.ts";
import { ExplanationAnswer } from "./explanation-answers.ts";
import { cursor, limit } from "./list-query.ts";
import {
  CancelledAnswer,
  CancelledManyAnswer,
  ChangedAnswer,
  NotificationAnswer,
  NotificationsAnswer,
} from "./notification-answers.ts";
import type { Operation } from "./operation.ts";

const time = z
  .string()
  .check(
    z.maxLength(40),
    z.regex(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/,
      "must be an RFC 3339 time with a zone",
    ),
  );
export const ListQuery = z.strictObject({
  state: z.optional(z.enum(STATES)),
  category: z.optional(Id),
  /** Accepted at or after; 30 days before `to` unless said. */
  from: z.optional(time),
  /** Accepted before or at; now unless said. */
  to: z.optional(time),
  limit: z.optional(limit),
  cursor: z.optional(cursor),
});
export type ListQuery = z.infer<typeof ListQuery>;

const OPEN_STATES = STATES.filter((state) => !FINAL_STATES.includes(state));

export const CancelQuery = z.strictObject({
  state: z.optional(z.enum(OPEN_STATES)),
  category: z.optional(Id),
  priority: z.optional(z.enum(PRIORITIES)),
  cursor: z.optional(cursor),
});
export type CancelQuery = z.infer<typeof CancelQuery>;

export const NOTIFICATION_OPERATIONS = [
  {
    id: "listNotifications",
    fn: "manage",
    method: "GET",
    path: "/v1/notifications",
    summary: "Notifications of the app, newest first",
    access: { key: "read" },
    query: ListQuery,
    status: 200,
    answer: NotificationsAnswer,
  },
  {
    id: "cancelNotifications",
    fn: "manage",
    method: "DELETE",
    path: "/v1/notifications",
    summary: "Cancel by filter, up to 100 a request; at least one of state, category and priority is needed",
    access: { key: "send" },
    query: CancelQuery,
    status: 200,
    answer: CancelledManyAnswer,
  },
  {
    id: "getNotification",
    fn: "manage",
    method: "GET",
    path: "/v1/notifications/{notification}",
    summary: "State, times and counts per channel, provider and outcome",
    access: { key: "read" },
    status: 200,
    answer: NotificationAnswer,
  },
  {
    id: "changeNotification",
    fn: "manage",
    method: "PATCH",
    path: "/v1/notifications/{notification}",
    summary: "Change time or content of a scheduled notification before it fires",
    access: { key: "send" },
    body: ChangeRequest,
    status: 200,
    answer: ChangedAnswer,
    faults: ["conflict", "time_in_past", "time_too_far", "payload_too_large", "unknown_category"],
  },
  {
    id: "cancelNotification",
    fn: "manage",
    method: "DELETE",
    path: "/v1/notifications/{notification}",
    summary: "Cancel what has not been sent; says how much already was",
    access: { key: "send" },
    status: 200,
    answer: CancelledAnswer,
    faults: ["conflict"],
  },
  {
    id: "explainRecipient",
    fn: "manage",
    method: "GET",
    path: "/v1/notifications/{notification}/recipients/{user}",
    summary: "Why one person got it or did not: one sentence, then the evidence",
    access: { key: "read" },
    status: 200,
    answer: ExplanationAnswer,
  },
] as const satisfies readonly Operation[];
