import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Secrets Manager as far as GetSecretValue, and a Catalog without items; the environment points to both. */
export async function startSecrets() {
  const secrets = new Map<string, { SecretString: string; VersionId: string }>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (String(request.headers["x-amz-target"]).startsWith("DynamoDB")) {
      response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end("{}");
      return;
    }
    const { SecretId } = JSON.parse(Buffer.concat(chunks).toString()) as { SecretId: string };
    const found = secrets.get(SecretId);
    const body = found ?? { __type: "ResourceNotFoundException", message: "no such secret" };
    response.writeHead(found ? 200 : 400, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: url,
    AWS_ENDPOINT_URL_DYNAMODB: url,
    TABLE_CATALOG: "catalog",
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  });
  return {
    put(name: string, SecretString: string, VersionId: string): void {
      secrets.set(name, { SecretString, VersionId });
    },
    close(): void {
      server.closeAllConnections();
      server.close();
    },
  };
}
