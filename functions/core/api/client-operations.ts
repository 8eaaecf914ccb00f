import * as z from "zod/mini";
import { AppId } from "../notification/request.ts";
import { ReceiptInput } from "../receipt/receipt.ts";
import { DeviceId, DeviceInput } from "../recipient/device.ts";
import type { Operation } from "./operation.ts";
import { DeviceAnswer } from "./user-answers.ts";

/**
 * Browsers name their app in the URL: a preflight carries no token, and only the app knows which origins are its
 * own. It must be the token's app.
 */
const ClientQuery = z.strictObject({ app: z.optional(AppId) });

const TicketAnswer = z.object({
  /** Opens one connection: `wss://…?v=1&ticket=<ticket>`. */
  ticket: z.string(),
  expiresAt: z.string(),
});

export const CLIENT_OPERATIONS = [
  {
    id: "makeTicket",
    fn: "client",
    method: "POST",
    path: "/v1/client/tickets",
    summary: "A one-time ticket for opening the WebSocket, good for a minute",
    access: { user: true },
    query: ClientQuery,
    status: 201,
    answer: TicketAnswer,
  },
  {
    id: "registerOwnDevice",
    fn: "client",
    method: "PUT",
    path: "/v1/client/devices/{device}",
    summary: "Register a device of the token's user",
    access: { user: true },
    params: { device: DeviceId },
    query: ClientQuery,
    body: DeviceInput,
    status: 200,
    answer: DeviceAnswer,
    faults: ["endpoint_refused", "limit_reached", "conflict"],
  },
  {
    id: "removeOwnDevice",
    fn: "client",
    method: "DELETE",
    path: "/v1/client/devices/{device}",
    summary: "Remove a device of the token's user (log-out)",
    access: { user: true },
    query: ClientQuery,
    status: 204,
    faults: ["conflict"],
  },
  {
    id: "tellReceipt",
    fn: "client",
    method: "POST",
    path: "/v1/client/receipts",
    summary:
      "What became of a notification on a device: it was delivered, displayed, clicked, dismissed or read",
    access: { user: true },
    query: ClientQuery,
    body: ReceiptInput,
    status: 204,
    faults: ["not_found"],
  },
] as const satisfies readonly Operation[];
