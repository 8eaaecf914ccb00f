import type { Notification, NotificationBody } from "../core/notification/notification.ts";
import { bodyKey } from "./keys.ts";
import { type Table, ttlOf } from "./table.ts";

const CHUNK_BYTES = 100 * 1024;
/** Bodies up to this size ride in the header: one write and one read less for almost every notification. */
export const INLINE_BODY_BYTES = 2 * 1024;
const KEPT_MS = 30 * 86_400_000;
/** A request has at most 256 KB; JSON may grow a little when it is written again. */
const MAX_CHUNKS = 10;

/** Each revision has chunks of its own: until its header is written, the one before stays whole. */
const firstChunk = (revision: number): number => (revision - 1) * MAX_CHUNKS;

/** Bodies too large for the header, in chunks that are written before it. */
export function bodyStore(delivery: Table) {
  return {
    /** Writes the chunks; the number of them, or 0 when the body fits into the header. */
    async write(
      app: string,
      id: string,
      body: NotificationBody,
      expiresAtMs: number,
      revision = 1,
    ): Promise<number> {
      const bytes = Buffer.from(JSON.stringify(body));
      if (bytes.length <= INLINE_BODY_BYTES) return 0;
      const chunks = Math.ceil(bytes.length / CHUNK_BYTES);
      const ttl = ttlOf(expiresAtMs + KEPT_MS);
      await Promise.all(
        Array.from({ length: chunks }, (_, chunk) =>
          delivery.put({
            ...bodyKey(app, id, firstChunk(revision) + chunk),
            bytes: bytes.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES),
            ttl,
          }),
        ),
      );
      return chunks;
    },

    /** @throws Error when a chunk is missing: the header is written only after all of them */
    async read(notification: Notification): Promise<NotificationBody> {
      if (notification.body) return notification.body;
      const { app, id, bodyChunks, revision } = notification;
      const parts = await Promise.all(
        Array.from({ length: bodyChunks }, async (_, chunk) => {
          const item = await delivery.get(bodyKey(app, id, firstChunk(revision) + chunk), {
            consistent: true,
          });
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
