import { AppError } from "../core/errors/app-error.ts";
import { checkEndpoint } from "../core/net/endpoint-rule.ts";
import type { EraseUserPorts } from "../core/recipient/erase-user.ts";
import type { ReadAheadPorts } from "../core/recipient/read-ahead.ts";
import type { RemoveDevicePorts } from "../core/recipient/remove-device.ts";
import type { SetPreferencesPorts } from "../core/recipient/set-preferences.ts";
import { connectionStore } from "../storage/connections.ts";
import { erasureStore } from "../storage/erasures.ts";
import { inboxStore } from "../storage/inbox.ts";
import { recentChanges } from "../storage/recent-changes.ts";
import { recipientStore } from "../storage/recipients.ts";
import { tokenStore } from "../storage/token-moves.ts";
import { askWelcome } from "./asking-welcome.ts";
import { now, tableOf } from "./clients.ts";
import { settings } from "./env.ts";
import { pauseAfterRace } from "./races.ts";

/** What registering and removing devices and users needs of the world, one by one or many in a request. */
export function registerPorts(): ReadAheadPorts & RemoveDevicePorts & SetPreferencesPorts {
  const recipients = recipientStore(tableOf("directory"));
  const tokens = tokenStore(tableOf("directory"));
  const changes = recentChanges(tableOf("guard"));
  return {
    now,
    pause: pauseAfterRace,
    get: recipients.get,
    save: recipients.save,
    counted: recipients.addToCount,
    getMany: recipients.getMany,
    countedAll: recipients.addAllToCount,
    owner: tokens.owner,
    owners: tokens.owners,
    move: tokens.move,
    noteMoved: (app, { user, device }) => changes.note(app, user, device, "moved", now()),
    noteErased: (app, { user, device }) => changes.note(app, user, device, "erased", now()),
    notePreference: (app, user, place, on) =>
      changes.note(app, user, place, on ? "optedIn" : "optedOut", now()),
    erasedAtMs: erasureStore(tableOf("guard")).of,
    checkEndpoint: demandEndpoint,
    subscribed: askWelcome,
  };
}

export function erasePorts(): EraseUserPorts {
  const recipients = recipientStore(tableOf("directory"));
  const tokens = tokenStore(tableOf("directory"));
  const connections = connectionStore(tableOf("connections"), now);
  return {
    pause: pauseAfterRace,
    get: recipients.get,
    owners: tokens.owners,
    move: tokens.move,
    remove: recipients.remove,
    counted: recipients.addToCount,
    refuseOlderTokens: (app, user) => erasureStore(tableOf("guard")).note(app, user, now()),
    noteErased: (app, user) => recentChanges(tableOf("guard")).note(app, user, undefined, "erased", now()),
    eraseInbox: inboxStore(tableOf("inbox"), now).erase,
    async eraseConnections(app, user) {
      const open = await connections.ofUser(app, user);
      await Promise.all(open.map(({ id }) => connections.remove(app, user, id)));
    },
  };
}

/** @throws AppError endpoint_refused */
function demandEndpoint(url: string, pointer: string): void {
  const checked = checkEndpoint(url, settings().webPushHosts);
  if (checked.ok) return;
  throw new AppError("endpoint_refused", `${pointer}: ${checked.why}`, {
    errors: [{ pointer, detail: checked.why }],
  });
}
