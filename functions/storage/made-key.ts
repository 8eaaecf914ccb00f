import { madeKeyKey } from "./keys.ts";
import { FLAG, NUMBER, rowReader, TEXT } from "./row-reader.ts";
import type { Item, Table } from "./table.ts";

/** The KMS key that was made at run time to seal credentials. */
export type MadeKey = {
  arn: string;
  madeAtMs: number;
  /** Its material is replaced once a year. */
  rotates: boolean;
};
/** `refusal`: why KMS did not let one be made, the last time that it was tried. */
export type KeyState = { key?: MadeKey; refusal?: string };

/** Whoever has claimed to make it and said nothing for so long has died: another one may. */
export const CLAIM_MS = 60_000;

/** Catalog's word of the key: who is making it, then which one it is. There is one for each deployment. */
export function madeKeyRow(catalog: Table) {
  return {
    async find(): Promise<KeyState> {
      const item = await catalog.get(madeKeyKey, { consistent: true });
      return item ? keyStateOf(item) : {};
    },

    /** @returns false while another has claimed it, or when it is made */
    async claim(atMs: number): Promise<boolean> {
      const { ok } = await catalog.update(madeKeyKey, "SET claimedAtMs = :at", {
        condition:
          "attribute_not_exists(keyArn) AND (attribute_not_exists(claimedAtMs) OR claimedAtMs <= :lapsed)",
        values: { ":at": atMs, ":lapsed": atMs - CLAIM_MS },
      });
      return ok;
    },

    /** `release` lets the next one try at once. */
    async refuse(claimedAtMs: number, refusal: string, { release }: { release: boolean }): Promise<void> {
      const set = `SET refusal = :refusal${release ? " REMOVE claimedAtMs" : ""}`;
      await catalog.update(madeKeyKey, set, {
        condition: "claimedAtMs = :claimed",
        values: { ":refusal": refusal, ":claimed": claimedAtMs },
      });
    },

    /** @returns false when another one's key stands there already */
    async record({ arn, madeAtMs }: Pick<MadeKey, "arn" | "madeAtMs">): Promise<boolean> {
      const set = "SET keyArn = :arn, madeAtMs = :at REMOVE claimedAtMs, refusal";
      const { ok } = await catalog.update(madeKeyKey, set, {
        condition: "attribute_not_exists(keyArn)",
        values: { ":arn": arn, ":at": madeAtMs },
      });
      return ok;
    },

    async setRotating({ arn }: MadeKey): Promise<void> {
      await catalog.update(madeKeyKey, "SET rotates = :yes", {
        condition: "keyArn = :arn",
        values: { ":yes": true, ":arn": arn },
      });
    },
  };
}

/** @throws Error naming the row and the field that is missing or of another type */
function keyStateOf(item: Item): KeyState {
  const row = rowReader("Catalog", item);
  if (!row.fields().includes("keyArn")) return row.optional("refusal", TEXT);
  const key = { arn: row.need("keyArn", TEXT), madeAtMs: row.need("madeAtMs", NUMBER) };
  return { key: { ...key, rotates: row.optional("rotates", FLAG).rotates ?? false } };
}
