import { after, before } from "node:test";
import type { Message } from "../../functions/core/dispatch/provider.ts";
import type { CatchUp } from "../../functions/core/inbox/inbox.ts";
import { catchUp } from "../../functions/platform/catching-up.ts";
import { inAppProvider } from "../../functions/platform/in-app.ts";
import { inboxStore } from "../../functions/storage/inbox.ts";
import { message, soon } from "./provider-world.ts";
import { type Person, settled, startWebSocketWorld, type WebSocketWorld } from "./websocket-subject.ts";

export const APP = "shop";
export const MINUTE_MS = 60_000;

/** Inboxes, people with sockets, and the in-app dispatcher's own steps, for the tests of one file. */
export function inAppWorld() {
  let world: WebSocketWorld;
  before(async () => {
    world = await startWebSocketWorld();
  });
  after(() => world.close());
  return {
    world: () => world,
    inbox: () => inboxStore(world.tables.inbox, Date.now),
    newcomer: (user: string) => world.person(APP, user, { waitingSinceMs: Date.now() }),
    catchUpNow: (asked: CatchUp) => catchUp(asked, () => false),
    send: async ({ to }: Person, id: string, over: Partial<Message> = {}) =>
      (await inAppProvider().prepare(message({ app: APP, notificationId: id, ...over })))(to, soon()),
  };
}

/** A message of an inbox. */
export const item = (id: string) => ({
  ...{ id, timestampMs: 1, expiresAtMs: Date.now() + MINUTE_MS, content: { title: id }, category: "social" },
});

/** Ids of what has arrived on a person's socket; greetings by their type. */
export async function framesOf(person: Person): Promise<string[]> {
  await settled(person);
  return person.received.map(({ payload }) => {
    const { type, id } = payload as { type: string; id?: string };
    return id ?? type;
  });
}
