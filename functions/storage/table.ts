import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  type ReturnValue,
  TransactionCanceledException,
  TransactionConflictException,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";

export type Item = Record<string, unknown>;
export type Key = { pk: string; sk?: string };

export type Condition = {
  condition?: string | undefined;
  names?: Record<string, string> | undefined;
  values?: Item | undefined;
};
export type Written = { ok: true; item?: Item } | { ok: false; existing?: Item };

/** A map with a caller's key "constructor" looks like a class instance to the SDK, and must be stored all the same. */
const MARSHALL = { removeUndefinedValues: true, convertClassInstanceToMap: true } as const;
export const toAttributes = (item: Item) => marshall(item, MARSHALL);
export const fromAttributes = (attributes: Parameters<typeof unmarshall>[0]): Item => unmarshall(attributes);

/** DynamoDB's expressions with plain values; a failed condition is an answer, never an exception. */
export function table(client: DynamoDBClient, name: string) {
  return {
    name,
    client,

    async get(
      key: Key,
      options: { consistent?: boolean; attributes?: string } = {},
    ): Promise<Item | undefined> {
      const { Item: item } = await client.send(
        new GetItemCommand({
          TableName: name,
          Key: toAttributes(key),
          ConsistentRead: options.consistent ?? false,
          ProjectionExpression: options.attributes,
        }),
      );
      return item && fromAttributes(item);
    },

    async put(item: Item, when: Condition = {}): Promise<Written> {
      return conditional(() =>
        client.send(new PutItemCommand({ TableName: name, Item: toAttributes(item), ...expression(when) })),
      );
    },

    async update(key: Key, set: string, when: Condition & { returns?: ReturnValue } = {}): Promise<Written> {
      return conditional(() =>
        client.send(
          new UpdateItemCommand({
            TableName: name,
            Key: toAttributes(key),
            UpdateExpression: set,
            ReturnValues: when.returns,
            ...expression(when),
          }),
        ),
      );
    },

    async remove(key: Key, when: Condition & { returns?: ReturnValue } = {}): Promise<Written> {
      return conditional(() =>
        client.send(
          new DeleteItemCommand({
            TableName: name,
            Key: toAttributes(key),
            ReturnValues: when.returns,
            ...expression(when),
          }),
        ),
      );
    },

    /** One page, up to 1 MB or `limit`. */
    async page(input: PageInput): Promise<{ items: Item[]; next?: Key }> {
      const { Items = [], LastEvaluatedKey } = await client.send(new QueryCommand(query(name, input)));
      return {
        items: Items.map(fromAttributes),
        ...(LastEvaluatedKey && { next: fromAttributes(LastEvaluatedKey) as Key }),
      };
    },

    /** All pages, item by item. */
    async *all(input: PageInput): AsyncGenerator<Item> {
      let start = input.start;
      do {
        const { items, next } = await this.page({ ...input, ...(start && { start }) });
        yield* items;
        start = next;
      } while (start !== undefined);
    },
  };
}

export type Table = ReturnType<typeof table>;

export type PageInput = {
  where: string;
  values: Item;
  names?: Record<string, string>;
  index?: string;
  limit?: number;
  backwards?: boolean;
  consistent?: boolean;
  attributes?: string;
  filter?: string;
  start?: Key;
};

function query(name: string, input: PageInput): QueryCommandInput {
  return {
    TableName: name,
    IndexName: input.index,
    KeyConditionExpression: input.where,
    FilterExpression: input.filter,
    ProjectionExpression: input.attributes,
    ExpressionAttributeNames: input.names,
    ExpressionAttributeValues: toAttributes(input.values),
    Limit: input.limit,
    ScanIndexForward: !input.backwards,
    ConsistentRead: input.consistent ?? false,
    ExclusiveStartKey: input.start && toAttributes(input.start),
  };
}

/** A condition as a write of a transaction takes it. */
export const conditionOf = (when: Condition) => ({
  ConditionExpression: when.condition,
  // DynamoDB refuses an empty map of names.
  ExpressionAttributeNames: when.names && Object.keys(when.names).length > 0 ? when.names : undefined,
  ExpressionAttributeValues: when.values && toAttributes(when.values),
});

const expression = (when: Condition) => ({
  ...conditionOf(when),
  ...(when.condition && { ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const }),
});

/** A write that meets a transaction on the same item is refused, and the SDK does not repeat it. */
const MAX_CONFLICTS = 6;

async function conditional(
  send: () => Promise<{ Attributes?: Parameters<typeof unmarshall>[0] | undefined }>,
  conflicts = 0,
): Promise<Written> {
  try {
    const { Attributes } = await send();
    return { ok: true, ...(Attributes && { item: fromAttributes(Attributes) }) };
  } catch (error) {
    if (error instanceof TransactionConflictException && conflicts < MAX_CONFLICTS) {
      await new Promise((resolve) => setTimeout(resolve, 5 * 2 ** conflicts * (0.5 + Math.random())));
      return conditional(send, conflicts + 1);
    }
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { ok: false, ...(error.Item && { existing: fromAttributes(error.Item) }) };
  }
}

const RACES = new Set(["ConditionalCheckFailed", "TransactionConflict"]);

/** Somebody else changed a row first; anything else that cancels a transaction is a failure. */
export const lostRace = (error: unknown): boolean =>
  error instanceof TransactionCanceledException &&
  (error.CancellationReasons ?? []).some(({ Code }) => Code !== undefined && RACES.has(Code));

export type BatchKeys = { table: Table; keys: Key[]; consistent?: boolean };

/** Passes over what DynamoDB left unprocessed, with a short growing wait in between. */
const MAX_BATCH_PASSES = 6;

/**
 * Items by key from several tables in one call (at most 100 keys in all), in no order.
 * @throws Error when DynamoDB leaves keys unprocessed six times in a row
 */
export async function batchGet(client: DynamoDBClient, wanted: BatchKeys[]): Promise<Map<string, Item[]>> {
  const found = new Map<string, Item[]>(wanted.map(({ table: { name } }) => [name, []]));
  let request = Object.fromEntries(
    wanted
      .filter(({ keys }) => keys.length > 0)
      .map(({ table: { name }, keys, consistent }) => [
        name,
        { Keys: keys.map((key) => toAttributes(key)), ConsistentRead: consistent ?? false },
      ]),
  );
  for (let pass = 0; Object.keys(request).length > 0; pass++) {
    if (pass === MAX_BATCH_PASSES) throw new Error("DynamoDB left keys of a batch unprocessed six times");
    if (pass > 0) await new Promise((resolve) => setTimeout(resolve, 20 * 2 ** pass * Math.random()));
    const { Responses = {}, UnprocessedKeys = {} } = await client.send(
      new BatchGetItemCommand({ RequestItems: request }),
    );
    for (const [name, items] of Object.entries(Responses))
      found.get(name)?.push(...items.map(fromAttributes));
    request = UnprocessedKeys as typeof request;
  }
  return found;
}

/** DynamoDB takes this many keys per call. */
const BATCH_KEYS = 100;
const BATCHES_AT_ONCE = 4;

/** Items of one table by any number of different keys, read consistently, in no order. */
export async function getMany(table: Table, keys: readonly Key[]): Promise<Item[]> {
  const items: Item[] = [];
  let next = 0;
  const worker = async () => {
    while (next < keys.length) {
      const some = keys.slice(next, next + BATCH_KEYS);
      next += BATCH_KEYS;
      const found = await batchGet(table.client, [{ table, keys: some, consistent: true }]);
      items.push(...(found.get(table.name) ?? []));
    }
  };
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, worker));
  return items;
}

/** Items whose time to live is over are absent, whatever DynamoDB still keeps. */
export const alive = (item: Item | undefined, nowMs: number): Item | undefined =>
  item !== undefined && (item["ttl"] === undefined || Number(item["ttl"]) * 1000 > nowMs) ? item : undefined;

/** Nothing stands under the key, or only what is over. */
export const isFree = (nowMs: number): Condition => ({
  condition: "attribute_not_exists(pk) OR #ttl < :now",
  names: { "#ttl": "ttl" },
  values: { ":now": ttlOf(nowMs) },
});

export const ttlOf = (atMs: number): number => Math.ceil(atMs / 1000);
