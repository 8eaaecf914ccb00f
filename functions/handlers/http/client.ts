import { CLIENT_OPERATIONS } from "../../core/api/client-operations.ts";
import { deviceAnswer } from "../../core/api/user-answers.ts";
import { type ReceiptInput, takeReceipt } from "../../core/receipt/receipt.ts";
import type { DeviceInput } from "../../core/recipient/device.ts";
import { registerDevice } from "../../core/recipient/register-device.ts";
import { removeDevice } from "../../core/recipient/remove-device.ts";
import { authoriseUser, corsOf } from "../../platform/client-caller.ts";
import { bodyOf, httpHandler } from "../../platform/http.ts";
import { receiptPorts } from "../../platform/receipts.ts";
import { registerPorts } from "../../platform/registering.ts";
import { makeTicket } from "../../platform/tickets.ts";
import type { TokenHolder } from "../../platform/token-verifier.ts";

const ports = registerPorts();

/** Routes of end users: the token says who they are, and they reach nothing but their own. */
export const handler = httpHandler<TokenHolder>({
  operations: CLIENT_OPERATIONS,
  authorise: authoriseUser,
  cors: (origin, question) => corsOf(question.query["app"], origin, question),
  handles: {
    async makeTicket(_request, holder) {
      const { ticket, expiresAtMs } = await makeTicket(holder);
      return { body: { ticket, expiresAt: new Date(expiresAtMs).toISOString() } };
    },

    async registerOwnDevice(request, { app, user, issuedAtMs: tokenIssuedAtMs }) {
      const { device = "" } = request.params;
      const input = bodyOf<DeviceInput>(request);
      const registered = await registerDevice(ports, { app, user, device, input, tokenIssuedAtMs });
      return { body: deviceAnswer(registered) };
    },

    async removeOwnDevice({ params: { device = "" } }, { app, user }) {
      await removeDevice(ports, app, { user, device });
      return {};
    },

    async tellReceipt(request, { app, user }) {
      await takeReceipt(receiptPorts(), app, user, bodyOf<ReceiptInput>(request));
      return {};
    },
  },
});
