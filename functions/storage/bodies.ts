import type {
  Attempt,
  Notification,
  NotificationBody,
  StoredBody,
} from "../core/notification/notification.ts";
import { bodyKey } from "./keys.ts";
import { type Table, ttlOf } from "./table.ts";

const CHUNK_BYTES = 100 * 1024;
/** Bodies up to this size ride in the header: one write and one read less for almost every notification. */
export const INLINE_BODY_BYTES = 2 * 1024;
const KEPT_MS = 30 * 86_400_000;
/** Version 0.1 kept the chunks of each revision at places of their own, so many apart. */
const CHUNKS_OF_0_1 = 10;

/** Bodies too large for the header, in chunks that are written before it. */
export function bodyStore(delivery: Table) {
  return {
    /**
     * Writes the chunks, if it does not fit into the header. They lie at a place of the attempt's own: one that is
     * refused afterwards, or loses, leaves what the accepted one wrote as it is, and its chunks end with their time.
     */
    async write(
      { app, id, expiresAtMs, attempt }: Pick<Attempt, "app" | "id" | "expiresAtMs" | "attempt">,
      body: NotificationBody,
    ): Promise<StoredBody> {
      const bytes = Buffer.from(JSON.stringify(body));
      if (bytes.length <= INLINE_BODY_BYTES) return { body, bodyChunks: 0 };
      const chunks = Math.ceil(bytes.length / CHUNK_BYTES);
      const ttl = ttlOf(expiresAtMs + KEPT_MS);
      await Promise.all(
        Array.from({ length: chunks }, (_, chunk) =>
          delivery.put({
            ...bodyKey(app, id, attempt, chunk),
            bytes: bytes.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES),
            ttl,
          }),
        ),
      );
      return { bodyChunks: chunks, bodyAt: attempt };
    },

    /** @throws Error when a chunk is missing: the header is written only after all of them */
    async read(notification: Notification): Promise<NotificationBody> {
      if (notification.body) return notification.body;
      const { app, id, bodyChunks, bodyAt, revision } = notification;
      const first = bodyAt === undefined ? (revision - 1) * CHUNKS_OF_0_1 : 0;
      const parts = await Promise.all(
        Array.from({ length: bodyChunks }, async (_, chunk) => {
          const item = await delivery.get(bodyKey(app, id, bodyAt, first + chunk), { consistent: true });
          if (item === undefined)
            throw new Error(`notification ${id}: body chunk ${chunk} of ${bodyChunks} is missing`);
          return item["bytes"] as Uint8Array;
        }),
      );
      return JSON.parse(Buffer.concat(parts).toString()) as NotificationBody;
    },
  };
}

export type BodyStore = ReturnType<typeof bodyStore>;
