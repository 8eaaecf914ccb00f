import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { AWS_CALLS } from "../../../functions/platform/aws-calls.ts";

const silent = createServer(() => undefined);
before(() => new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve)));
after(() => {
  silent.closeAllConnections();
  silent.close();
});

test("a call that nobody answers is given up with an error, and made again", async () => {
  const { port } = silent.address() as AddressInfo;
  const client = new DynamoDBClient({
    ...AWS_CALLS,
    // As shipped, but in a hundredth of the time.
    requestHandler: {
      ...AWS_CALLS.requestHandler,
      requestTimeout: AWS_CALLS.requestHandler.requestTimeout / 100,
    },
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "AKIA", secretAccessKey: "secret" },
  });
  const call = client.send(new GetItemCommand({ TableName: "t", Key: { pk: { S: "a" } } }));
  // Whether the other end has seen them is the machine's to say: a busy one may need longer than the limit.
  await assert.rejects(call, (error: Error & { $metadata?: { attempts?: number } }) => {
    assert.equal(error.name, "TimeoutError");
    assert.equal(error.$metadata?.attempts, 3);
    return true;
  });
  client.destroy();
});
