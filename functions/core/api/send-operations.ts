import { BatchRequest, SendRequest } from "../notification/request.ts";
import { TopicAnswer, TopicRequest } from "../notification/topic-change.ts";
import { AcceptedAnswer, BatchAnswer } from "./answers.ts";
import type { Operation } from "./operation.ts";

export const SEND_OPERATIONS = [
  {
    id: "sendNotification",
    fn: "send",
    method: "POST",
    path: "/v1/notifications",
    summary: "Accept a notification",
    access: { key: "send" },
    body: SendRequest,
    status: 202,
    answer: AcceptedAnswer,
    faults: [
      "unknown_category",
      "time_in_past",
      "time_too_far",
      "payload_too_large",
      "idempotency_mismatch",
      "overloaded",
    ],
  },
  {
    id: "sendNotifications",
    fn: "send",
    method: "POST",
    path: "/v1/notifications:batch",
    summary: "Accept up to 500 notifications, each answered by itself",
    access: { key: "send" },
    body: BatchRequest,
    status: 207,
    answer: BatchAnswer,
  },
  {
    id: "subscribeTopic",
    fn: "send",
    method: "POST",
    path: "/v1/fcm/topics:subscribe",
    summary: "Make the FCM tokens that people hold now follow a topic",
    access: { key: "send" },
    body: TopicRequest,
    status: 202,
    answer: TopicAnswer,
    faults: ["conflict"],
  },
  {
    id: "unsubscribeTopic",
    fn: "send",
    method: "POST",
    path: "/v1/fcm/topics:unsubscribe",
    summary: "Make them follow it no more",
    access: { key: "send" },
    body: TopicRequest,
    status: 202,
    answer: TopicAnswer,
    faults: ["conflict"],
  },
] as const satisfies readonly Operation[];
