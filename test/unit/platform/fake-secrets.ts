import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Secrets Manager as far as GetSecretValue; the environment points to it. */
export async function startSecrets() {
  const secrets = new Map<string, { SecretString: string; VersionId: string }>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { SecretId } = JSON.parse(Buffer.concat(chunks).toString()) as { SecretId: string };
    const found = secrets.get(SecretId);
    const body = found ?? { __type: "ResourceNotFoundException", message: "no such secret" };
    response.writeHead(found ? 200 : 400, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
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
