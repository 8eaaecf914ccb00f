import type { TextOwner } from "../core/receipt/text-report.ts";
import { textOwnerKey } from "./keys.ts";
import { type Table, ttlOf } from "./table.ts";

/** Carriers report within 72 hours; the rest is for what waits in queues. */
const KEPT_MS = 4 * 86_400_000;

/** Whose message an id of SNS's is: its delivery log says nothing else of ours. */
export function textOwnerStore(guard: Table) {
  return {
    async remember(message: string, { app, notification, user }: TextOwner, nowMs: number): Promise<void> {
      await guard.update(textOwnerKey(message), "SET #app = :app, #id = :id, #user = :user, #ttl = :ttl", {
        names: { "#app": "app", "#id": "notification", "#user": "user", "#ttl": "ttl" },
        values: { ":app": app, ":id": notification, ":user": user, ":ttl": ttlOf(nowMs + KEPT_MS) },
      });
    },

    async of(message: string, nowMs: number): Promise<TextOwner | undefined> {
      const item = await guard.get(textOwnerKey(message));
      if (item === undefined || Number(item["ttl"]) * 1000 <= nowMs) return undefined;
      const { app, notification, user } = item as TextOwner;
      return { app, notification, user };
    },
  };
}
