import type { CloseAddressPorts } from "../core/recipient/close-address.ts";
import type { RemoveTokenPorts } from "../core/recipient/remove-token.ts";
import { recipientStore } from "../storage/recipients.ts";
import { tokenStore } from "../storage/token-moves.ts";
import { tableOf } from "./clients.ts";
import { pauseAfterRace } from "./races.ts";

export function removeTokenPorts(): RemoveTokenPorts {
  const directory = tableOf("directory");
  const { owner, move } = tokenStore(directory);
  return { get: recipientStore(directory).get, owner, move };
}

export function closeAddressPorts(): CloseAddressPorts {
  const { get, save } = recipientStore(tableOf("directory"));
  return { pause: pauseAfterRace, get, save };
}
