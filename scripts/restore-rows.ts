import { parseArgs } from "node:util";
import { type AttributeValue, DynamoDBClient, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";

/**
 * npm run restore-rows -- --from <restored table> --to <table of the stack> [--overwrite] [--per-second 500]
 * Copies rows that the target does not have; with --overwrite also those that it has. Run again after it was
 * interrupted, it goes on with what is missing. Uses the account and region that the AWS CLI would.
 */

export type CopyOptions = {
  from: string;
  to: string;
  /** Rows that the target has are replaced as well. */
  overwrite: boolean;
  /** Writes a second at most: an on-demand table that was idle takes 4,000. */
  perSecond: number;
  onPage?(counts: CopyCounts): void;
};
export type CopyCounts = { copied: number; present: number; expired: number };

const PAGE = 500;

/** @throws what DynamoDB throws: no row is half copied, and the copy can be repeated */
export async function copyRows(client: DynamoDBClient, options: CopyOptions): Promise<CopyCounts> {
  const counts: CopyCounts = { copied: 0, present: 0, expired: 0 };
  let start: Record<string, AttributeValue> | undefined;
  do {
    const page = new ScanCommand({ TableName: options.from, Limit: PAGE, ExclusiveStartKey: start });
    const { Items = [], LastEvaluatedKey } = await client.send(page);
    await copyPage(client, options, Items, counts);
    options.onPage?.(counts);
    start = LastEvaluatedKey;
  } while (start !== undefined);
  return counts;
}

type Row = Record<string, AttributeValue>;

async function copyPage(
  client: DynamoDBClient,
  options: CopyOptions,
  rows: readonly Row[],
  counts: CopyCounts,
): Promise<void> {
  const alive = rows.filter(({ ttl }) => ttl?.N === undefined || Number(ttl.N) * 1000 > Date.now());
  counts.expired += rows.length - alive.length;
  const atOnce = Math.max(1, Math.min(50, Math.ceil(options.perSecond / 20)));
  for (let at = 0; at < alive.length; at += atOnce) {
    const some = alive.slice(at, at + atOnce);
    const pause = new Promise((resolve) => setTimeout(resolve, (some.length / options.perSecond) * 1_000));
    const copied = await Promise.all(some.map((row) => copyRow(client, options, row)));
    for (const isNew of copied) counts[isNew ? "copied" : "present"]++;
    await pause;
  }
}

/** @returns false where the target has the row already */
async function copyRow(client: DynamoDBClient, { to, overwrite }: CopyOptions, row: Row): Promise<boolean> {
  const unless = overwrite ? {} : { ConditionExpression: "attribute_not_exists(pk)" };
  try {
    await client.send(new PutItemCommand({ TableName: to, Item: row, ...unless }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "ConditionalCheckFailedException") return false;
    throw error;
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      from: { type: "string" },
      to: { type: "string" },
      overwrite: { type: "boolean", default: false },
      "per-second": { type: "string", default: "500" },
    },
  });
  const { from, to, overwrite } = values;
  const perSecond = Number(values["per-second"]);
  if (from === undefined || to === undefined || from === to || !(perSecond >= 1)) {
    console.error(
      "npm run restore-rows -- --from <restored table> --to <another table> [--overwrite] [--per-second 500]",
    );
    process.exit(2);
  }
  const onPage = (counts: CopyCounts) => process.stderr.write(`\r${JSON.stringify(counts)}`);
  const counts = await copyRows(new DynamoDBClient({}), { from, to, overwrite, perSecond, onPage });
  process.stderr.write("\n");
  console.log(
    `${counts.copied} rows copied, ${counts.present} were there, ${counts.expired} had expired and were left out`,
  );
}

if (import.meta.main) await main();
