import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from "@aws-sdk/client-dynamodb";
import { inboxStore } from "../../../functions/storage/inbox.ts";
import { lostRace, table } from "../../../functions/storage/table.ts";

/** What AWS says where a plain write and a transaction meet on one item: the local engine never does. */
const conflict = () => new TransactionConflictException({ message: "ongoing", $metadata: {} });
const cancelled = (...codes: (string | undefined)[]) =>
  new TransactionCanceledException({
    message: "cancelled",
    CancellationReasons: codes.map((Code) => ({ Code })),
    $metadata: {},
  });

/** A client that throws these one after the other, and then takes everything. */
function failing(...errors: Error[]): { client: DynamoDBClient; asked(): number } {
  let asked = 0;
  const send = async () => {
    const error = errors[asked++];
    if (error) throw error;
    return {};
  };
  return { client: { send } as unknown as DynamoDBClient, asked: () => asked };
}

test("a write that meets a transaction is repeated; one that meets it for ever fails", async () => {
  const twice = failing(conflict(), conflict());
  assert.deepEqual(await table(twice.client, "t").update({ pk: "a" }, "SET b = :b"), { ok: true });
  assert.equal(twice.asked(), 3);
  const always = failing(...Array.from({ length: 20 }, conflict));
  await assert.rejects(table(always.client, "t").put({ pk: "a" }), { name: "TransactionConflictException" });
  assert.equal(always.asked(), 7);
  const refused = failing(conflict(), new ConditionalCheckFailedException({ message: "no", $metadata: {} }));
  assert.deepEqual(await table(refused.client, "t").remove({ pk: "a" }), { ok: false });
});

test("only a lost race is run again; a transaction that is throttled or refused is a failure", async () => {
  assert.deepEqual(
    [
      ["ConditionalCheckFailed"],
      ["None", "TransactionConflict"],
      ["ThrottlingError"],
      ["None", undefined],
    ].map((codes) => lostRace(cancelled(...codes))),
    [true, true, false, false],
  );
  assert.equal(lostRace(conflict()), false);
  // The head is read, its write is throttled.
  const throttled = failing(undefined as unknown as Error, cancelled("None", "ThrottlingError"));
  const message = { id: "m", timestampMs: 1, expiresAtMs: 2, content: {}, category: "x" };
  await assert.rejects(inboxStore(table(throttled.client, "t"), Date.now).append("a", "ann", message), {
    name: "TransactionCanceledException",
  });
  assert.equal(throttled.asked(), 2);
});
