import { CONSUMERS, DELIVERY_INDEX, ENV, QUEUE_KEYS } from "../../functions/names.ts";
import {
  bindCredentials,
  bindCredentialWriter,
  bindOwnSecret,
  bindProviderCredentials,
  bindVoice,
  type Parts,
} from "./parts.ts";
import { allowSend, bindSender, nameAllQueues } from "./queues.ts";
import { bindTable } from "./tables.ts";

/** What each HTTP function may touch. */
export function bindHttp(parts: Parts): void {
  bindSend(parts);
  bindManage(parts);
  bindClient(parts);
  bindPublic(parts);
  bindApnsChannels(parts);
}

function bindSend({ functions: { send }, queues, schedules, state: { tables } }: Parts): void {
  bindTable(send, "catalog", tables.catalog.table, ["GetItem"]);
  bindTable(send, "delivery", tables.delivery.table, ["PutItem", "UpdateItem"]);
  bindTable(send, "directory", tables.directory.table, ["BatchGetItem"]);
  bindTable(send, "guard", tables.guard.table, ["GetItem", "UpdateItem", "PutItem"]);
  bindSender(
    send,
    queues,
    QUEUE_KEYS.filter((key) => key !== "ingest" && key !== "receipts"),
  );
  schedules.bind(send);
}

function bindManage({ functions: { manage }, queues, schedules, state, credentials }: Parts): void {
  const { tables } = state;
  bindTable(manage, "catalog", tables.catalog.table, [
    "GetItem",
    "Query",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
  ]);
  bindTable(
    manage,
    "delivery",
    tables.delivery.table,
    ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem"],
    [DELIVERY_INDEX.byTime],
  );
  bindTable(manage, "directory", tables.directory.table, [
    "GetItem",
    "BatchGetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
  ]);
  bindTable(manage, "guard", tables.guard.table, ["GetItem", "PutItem", "UpdateItem"]);
  bindTable(manage, "inbox", tables.inbox.table, ["Query", "DeleteItem"]);
  bindTable(manage, "connections", tables.connections.table, ["Query", "DeleteItem"]);
  nameAllQueues(manage, queues);
  allowSend(manage, queues, QUEUE_KEYS);
  manage.allow(
    "CountMessages",
    ["sqs:GetQueueAttributes"],
    [...Object.values(queues.byKey), ...Object.values(queues.dead)].map((queue) => queue.queueArn),
  );
  manage.allow(
    "RedriveDeadLetters",
    ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
    CONSUMERS.map((consumer) => queues.dead[consumer].queueArn),
  );
  schedules.bind(manage);
  bindCredentialWriter(manage, credentials);
  // Credentials are tried by a dry run before they are stored.
  bindVoice(manage);
  bindOwnSecret(manage, ENV.adminKeySecret, state.adminKey);
  bindOwnSecret(manage, ENV.cursorSecret, state.cursorKey);
}

function bindClient({ functions: { client }, queues, state: { tables }, credentials }: Parts): void {
  // Asks for a browser's welcome.
  bindSender(client, queues, ["ingest"]);
  bindTable(client, "catalog", tables.catalog.table, ["GetItem"]);
  bindTable(client, "directory", tables.directory.table, ["GetItem", "PutItem", "UpdateItem", "DeleteItem"]);
  bindTable(client, "guard", tables.guard.table, ["GetItem", "PutItem", "UpdateItem"]);
  // Receipts.
  bindTable(client, "delivery", tables.delivery.table, ["GetItem", "UpdateItem"]);
  // What has been read.
  bindTable(client, "inbox", tables.inbox.table, ["GetItem", "Query", "UpdateItem"]);
  bindCredentials(client, credentials, "inApp");
}

function bindPublic({ functions: { public: open }, state: { tables, cursorKey } }: Parts): void {
  bindTable(open, "catalog", tables.catalog.table, ["GetItem"]);
  bindTable(open, "guard", tables.guard.table, ["GetItem", "UpdateItem"]);
  // A click on "unsubscribe" changes a person's preferences.
  bindTable(open, "directory", tables.directory.table, ["GetItem", "PutItem"]);
  bindOwnSecret(open, ENV.cursorSecret, cursorKey);
}

function bindApnsChannels({ functions: { apnsChannels }, state: { tables }, credentials }: Parts): void {
  bindTable(apnsChannels, "catalog", tables.catalog.table, ["GetItem"]);
  // Rates, nonces, and the signed token that it shares with the dispatchers.
  bindTable(apnsChannels, "guard", tables.guard.table, ["GetItem", "UpdateItem", "PutItem"]);
  bindProviderCredentials(apnsChannels, credentials, { channel: "mobilePush", provider: "apns" });
}
