import { bindCredentials, type Parts } from "./parts.ts";
import { bindSender } from "./queues.ts";
import { bindTable } from "./tables.ts";

/** What the WebSocket functions may touch. */
export function bindSocket({ functions, queues, state: { tables }, credentials }: Parts): void {
  const { authorizer, socket } = functions;
  bindTable(authorizer, "catalog", tables.catalog.table, ["GetItem"]);
  bindTable(authorizer, "guard", tables.guard.table, ["UpdateItem", "DeleteItem"]);
  bindCredentials(authorizer, credentials, "inApp");
  bindTable(socket, "connections", tables.connections.table, [
    "Query",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
  ]);
  bindTable(socket, "inbox", tables.inbox.table, ["GetItem", "UpdateItem"]);
  bindSender(socket, queues, ["dispatch-inApp-high"]);
}
