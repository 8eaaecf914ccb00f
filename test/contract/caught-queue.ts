import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** SQS that takes everything and hands it to the test. */
export async function startCaughtQueue() {
  const caught: { body: Record<string, unknown>; delayS: number }[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { Entries } = JSON.parse(Buffer.concat(parts).toString()) as {
        Entries: { Id: string; MessageBody: string; DelaySeconds?: number }[];
      };
      for (const { MessageBody, DelaySeconds = 0 } of Entries)
        caught.push({ body: JSON.parse(MessageBody), delayS: DelaySeconds });
      const taken = Entries.map(({ Id, MessageBody }) => ({
        Id,
        MessageId: Id,
        MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
      }));
      response.writeHead(200, { "content-type": "application/x-amz-json-1.0" });
      response.end(JSON.stringify({ Successful: taken }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    caught,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
