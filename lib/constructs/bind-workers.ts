import { Stack } from "aws-cdk-lib";
import {
  type DispatchChannel,
  dispatchQueue,
  ENV,
  QUEUE_KEYS,
  type QueueKey,
} from "../../functions/names.ts";
import type { ClarionFunction } from "./function.ts";
import { bindCredentials, bindOwnSecret, bindVoice, type Parts } from "./parts.ts";
import { bindConsumer, bindSender, type Queues } from "./queues.ts";
import { bindTable } from "./tables.ts";

const PRIORITIES = ["high", "normal", "low"] as const;
const dispatchKeys = (channel: DispatchChannel): QueueKey[] => [
  ...new Set(PRIORITIES.map((priority) => dispatchQueue(channel, priority))),
];
const PLAN_KEYS: QueueKey[] = PRIORITIES.map((priority) => `plan-${priority}` as const);

/** What the queue consumers and the clockwork may touch. */
export function bindWorkers(parts: Parts): void {
  bindPlan(parts);
  bindIngest(parts);
  bindReceipts(parts);
  const { functions, credentials } = parts;
  bindMobilePush(parts);
  bindDispatcher(parts, functions.dispatchWebPush, "webPush");
  bindCredentials(functions.dispatchWebPush, credentials, "webPush");
  bindDispatcher(parts, functions.dispatchInApp, "inApp");
  bindInApp(parts);
  bindEmail(parts);
  bindSms(parts);
  bindTextReceipts(parts);
  bindDispatcher(parts, functions.dispatchWebhook, "webhook");
  bindCredentials(functions.dispatchWebhook, credentials, "webhook");
}

function bindPlan({ functions: { plan }, queues, config, state: { tables } }: Parts): void {
  for (const key of PLAN_KEYS) bindConsumer(plan, queues, key, config);
  bindSender(
    plan,
    queues,
    QUEUE_KEYS.filter((key) => key !== "ingest" && key !== "receipts"),
  );
  bindTable(plan, "catalog", tables.catalog.table, ["GetItem"]);
  bindTable(plan, "delivery", tables.delivery.table, [
    "GetItem",
    "BatchGetItem",
    "Query",
    "PutItem",
    "UpdateItem",
  ]);
  bindTable(plan, "directory", tables.directory.table, ["BatchGetItem", "Query"]);
  bindTable(plan, "connections", tables.connections.table, ["Query"]);
  bindTable(plan, "inbox", tables.inbox.table, ["GetItem", "PutItem"]);
  bindTable(plan, "guard", tables.guard.table, ["UpdateItem"]);
}

function bindIngest({ functions: { ingest }, queues, config, state: { tables } }: Parts): void {
  bindConsumer(ingest, queues, "ingest", config);
  bindSender(ingest, queues, [...PLAN_KEYS, "ingest"]);
  // Welcomes of browsers are notifications, of an app that has one.
  bindTable(ingest, "catalog", tables.catalog.table, ["GetItem"]);
  // Updates for receipts, too: mails that were opened or clicked, text messages that arrived.
  bindTable(ingest, "delivery", tables.delivery.table, ["GetItem", "PutItem", "UpdateItem"]);
  bindTable(ingest, "directory", tables.directory.table, ["GetItem", "PutItem", "DeleteItem"]);
  bindTable(ingest, "guard", tables.guard.table, ["GetItem", "UpdateItem"]);
}

/** Reads what anybody may post, and writes no row but its queue's age: reports go to who may read credentials. */
function bindReceipts(parts: Parts): void {
  const { queues, config, state } = parts;
  const { receipts } = parts.functions;
  bindConsumer(receipts, queues, "receipts", config);
  bindSender(receipts, queues, ["dispatch-mobilePush-normal", "receipts"]);
  bindTable(receipts, "catalog", state.tables.catalog.table, ["GetItem"]);
  // Ages of queues.
  bindTable(receipts, "guard", state.tables.guard.table, ["UpdateItem"]);
  bindOwnSecret(receipts, ENV.cursorSecret, state.cursorKey);
}

function bindDispatcher(
  { queues, config, state: { tables } }: Parts,
  fn: ClarionFunction,
  channel: DispatchChannel,
): void {
  const keys = dispatchKeys(channel);
  for (const key of keys) bindConsumer(fn, queues, key, config);
  // A job's end may send people to the next rung, which is planned.
  bindSender(fn, queues, [...keys, ...PLAN_KEYS, ...(channel === "mobilePush" ? (["ingest"] as const) : [])]);
  bindTable(fn, "catalog", tables.catalog.table, ["GetItem"]);
  bindTable(fn, "delivery", tables.delivery.table, ["GetItem", "BatchGetItem", "PutItem", "UpdateItem"]);
  bindTable(
    fn,
    "guard",
    tables.guard.table,
    // Ages of queues and verdicts on bad tokens; shared provider tokens.
    ["BatchGetItem", "UpdateItem", ...(channel === "mobilePush" ? (["GetItem", "PutItem"] as const) : [])],
  );
  // Gone tokens are taken off their devices; numbers and webhooks are marked in the profile. SES tells by events.
  if (channel === "mobilePush" || channel === "webPush")
    bindTable(fn, "directory", tables.directory.table, [
      "GetItem",
      "PutItem",
      "DeleteItem",
      // Whose the tokens of vendors' receipts are, and which tokens are to follow a topic.
      ...(channel === "mobilePush" ? (["BatchGetItem"] as const) : []),
    ]);
  if (channel === "sms" || channel === "webhook")
    bindTable(fn, "directory", tables.directory.table, ["GetItem", "PutItem"]);
  bindDead(fn, queues, channel);
}

/** Poison jobs leave a copy, stripped to ids, in their channel's dead-letter queue. */
function bindDead(fn: ClarionFunction, queues: Queues, channel: DispatchChannel): void {
  const dead = queues.dead[channel];
  fn.env("DEAD_LETTERS", dead.queueUrl);
  fn.allow("LeavePoisonCopies", ["sqs:SendMessage"], [dead.queueArn]);
}

function bindMobilePush(parts: Parts): void {
  const { dispatchMobilePush } = parts.functions;
  bindDispatcher(parts, dispatchMobilePush, "mobilePush");
  bindCredentials(dispatchMobilePush, parts.credentials, "mobilePush");
  // Badges that count what is unread, and vendors that tell what was read.
  bindTable(dispatchMobilePush, "inbox", parts.state.tables.inbox.table, ["GetItem", "Query", "UpdateItem"]);
  // Messages carry the address for the vendor's receipts.
  bindOwnSecret(dispatchMobilePush, ENV.cursorSecret, parts.state.cursorKey);
  dispatchMobilePush.env(ENV.publicUrl, parts.httpApi.publicUrl);
}

function bindInApp({ functions: { dispatchInApp }, socketApi, state: { tables } }: Parts): void {
  bindTable(dispatchInApp, "inbox", tables.inbox.table, ["GetItem", "Query", "PutItem", "UpdateItem"]);
  bindTable(dispatchInApp, "directory", tables.directory.table, ["GetItem"]);
  bindTable(dispatchInApp, "connections", tables.connections.table, ["Query", "UpdateItem", "DeleteItem"]);
  socketApi.bindPoster(dispatchInApp);
}

function bindEmail(parts: Parts): void {
  const { dispatchEmail } = parts.functions;
  bindDispatcher(parts, dispatchEmail, "email");
  bindCredentials(dispatchEmail, parts.credentials, "email");
  bindOwnSecret(dispatchEmail, ENV.cursorSecret, parts.state.cursorKey);
  dispatchEmail.env(ENV.publicUrl, parts.httpApi.publicUrl);
  const { partition, account } = Stack.of(dispatchEmail);
  const arn = (what: string) => `arn:${partition}:ses:${Stack.of(dispatchEmail).region}:${account}:${what}/*`;
  dispatchEmail.allow("SendMail", ["ses:SendRawEmail"], [arn("identity"), arn("configuration-set")], {
    because: "apps name their own verified identities and configuration sets of this account",
  });
  dispatchEmail.allow("ReadMailQuota", ["ses:GetSendQuota"], ["*"], {
    because: "the quota is the account's and has no ARN",
  });
}

function bindSms(parts: Parts): void {
  const { dispatchSms } = parts.functions;
  bindDispatcher(parts, dispatchSms, "sms");
  bindCredentials(dispatchSms, parts.credentials, "sms");
  if (parts.config.smsDeliveryLogs) dispatchSms.env(ENV.smsDeliveryLogs, "on");
  dispatchSms.allow("SendTextMessages", ["sns:Publish"], ["*"], {
    because: "a phone number has no ARN",
  });
  dispatchSms.allow("ReadTextQuota", ["servicequotas:ListServiceQuotas"], ["*"], {
    because: "lists of quotas have no ARN",
  });
  bindVoice(dispatchSms);
  // Topics have ARNs: text messages are all that may be published.
  dispatchSms.deny("PublishToTopics", ["sns:Publish"], ["arn:*:sns:*:*:*"]);
}

/** It hands on what it reads, and remembers nothing: whose a message was, ingest looks up. */
function bindTextReceipts({ functions: { textReceipts }, queues }: Parts): void {
  if (textReceipts) bindSender(textReceipts, queues, ["ingest"]);
}
