import type { RemoveTokenPorts } from "../core/recipient/remove-token.ts";
import { recipientStore } from "../storage/recipients.ts";
import { tokenStore } from "../storage/token-moves.ts";
import { tableOf } from "./clients.ts";

export function removeTokenPorts(): RemoveTokenPorts {
  const directory = tableOf("directory");
  return {
    get: recipientStore(directory).get,
    drop: (app, recipient, revision, hash, device) =>
      tokenStore(directory).move({
        app,
        recipients: [{ recipient, revision }],
        taken: [],
        dropped: [{ hash, before: { user: recipient.user, device } }],
      }),
  };
}
