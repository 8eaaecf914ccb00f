import { websocketProvider } from "../providers/websocket/websocket.ts";
import { connectionStore } from "../storage/connections.ts";
import { inboxStore } from "../storage/inbox.ts";
import { copyBroadcasts, fellBehind, isThere, restart } from "./catching-up.ts";
import { now, tableOf } from "./clients.ts";
import { post } from "./socket-posts.ts";

/** The in-app provider: inbox first, then the open sockets. */
export function inAppProvider() {
  const inbox = inboxStore(tableOf("inbox"), now);
  const connections = connectionStore(tableOf("connections"), now);
  return websocketProvider(({ app, broadcast }) => ({
    async append(user, message) {
      if (!broadcast) return inbox.append(app, user, message, { exists: () => isThere(app, user) });
      const { copied } = await copyBroadcasts(app, user, { own: message.id });
      if (copied === undefined) return "nobody";
      // One that went out late was passed over, or was copied long ago.
      const sequence = copied.get(message.id) ?? (await inbox.find(app, user, message.id));
      return sequence ?? inbox.append(app, user, message, { exists: () => isThere(app, user) });
    },
    connections: (user) => connections.ready(app, user),
    post,
    forget: (user, connection) => connections.remove(app, user, connection),
    left: (user, { id, connectedAtMs }, sequence) =>
      fellBehind({ app, user, connection: id, connectedAtMs }, sequence),
    restart: (user, { id, connectedAtMs }) => restart({ app, user, connection: id, connectedAtMs }),
  }));
}
