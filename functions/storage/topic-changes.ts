import { sha256Hex } from "../core/hash.ts";
import { type Table, ttlOf } from "./table.ts";

/** A message lies in its queue for 14 days at most, and once more when it is sent back from the dead letters. */
const KEPT_MS = 30 * 86_400_000;

/** The last change of each person and topic that was begun; people and topics by hash. */
export function topicChangeStore(guard: Table) {
  return {
    /** Whether a change may be carried out: none of a higher rank was begun. The same one may as often as it comes. */
    async begin(
      { app, topic, user }: { app: string; topic: string; user: string },
      rank: number,
      nowMs: number,
    ): Promise<boolean> {
      const pk = `topic#${app}#${sha256Hex(`${topic}\u0000${user}`).slice(0, 32)}`;
      const { ok } = await guard.put(
        { pk, begun: rank, ttl: ttlOf(nowMs + KEPT_MS) },
        { condition: "attribute_not_exists(pk) OR begun <= :rank", values: { ":rank": rank } },
      );
      return ok;
    },
  };
}
