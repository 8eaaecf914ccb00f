import { type TransactWriteItem, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import type { TokenMove, TokenOwner } from "../core/recipient/register-device.ts";
import { tokenOwnerKey } from "./keys.ts";
import { saving } from "./recipients.ts";
import { type Condition, getMany, type Item, lostRace, type Table, toAttributes } from "./table.ts";

/** Owner rows: one token belongs to one device of one user. */
export function tokenStore(directory: Table) {
  return {
    async owner(app: string, hash: string): Promise<TokenOwner | undefined> {
      const item = await directory.get(tokenOwnerKey(app, hash), { consistent: true });
      return item && ownerFrom(item);
    },

    async owners(app: string, hashes: readonly string[]): Promise<Map<string, TokenOwner>> {
      const keys = new Map(hashes.map((hash) => [tokenOwnerKey(app, hash).pk, hash]));
      const items = await getMany(
        directory,
        hashes.map((hash) => tokenOwnerKey(app, hash)),
      );
      return new Map(items.map((item) => [keys.get(item["pk"] as string)!, ownerFrom(item)]));
    },

    /**
     * One transaction over owner rows and recipients: a crash can never send one person's messages to another's phone.
     * @returns false when anything was changed by somebody else in between
     */
    async move({ app, recipients, taken, dropped }: TokenMove): Promise<boolean> {
      const items: TransactWriteItem[] = [
        ...recipients.map(({ recipient, revision }) => {
          const { item, when } = saving(recipient, revision);
          return put(directory.name, item, when);
        }),
        ...taken.map(({ hash, owner, before }) =>
          put(directory.name, { ...tokenOwnerKey(app, hash), ...owner }, ownedBy(before)),
        ),
        ...dropped.map(({ hash, before }) => ({
          Delete: {
            TableName: directory.name,
            Key: toAttributes(tokenOwnerKey(app, hash)),
            ...attributes(ownedBy(before)),
          },
        })),
      ];
      try {
        await directory.client.send(new TransactWriteItemsCommand({ TransactItems: items }));
        return true;
      } catch (error) {
        if (lostRace(error)) return false;
        throw error;
      }
    },
  };
}

export type TokenStore = ReturnType<typeof tokenStore>;

const ownerFrom = (item: Item): TokenOwner => ({
  user: item["user"] as string,
  device: item["device"] as string,
  ...(item["sinceMs"] !== undefined && { sinceMs: Number(item["sinceMs"]) }),
});

const put = (name: string, item: Record<string, unknown>, when: Condition): TransactWriteItem => ({
  Put: { TableName: name, Item: toAttributes(item), ...attributes(when) },
});

const ownedBy = (before: TokenOwner | undefined): Condition =>
  before === undefined
    ? { condition: "attribute_not_exists(pk)" }
    : {
        condition: "#user = :user AND device = :device",
        names: { "#user": "user" },
        values: { ":user": before.user, ":device": before.device },
      };

const attributes = ({ condition, names, values }: Condition) => ({
  ConditionExpression: condition,
  ExpressionAttributeNames: names,
  ExpressionAttributeValues: values && toAttributes(values),
});
