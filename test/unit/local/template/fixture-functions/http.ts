/** Answers with what it saw, or misbehaves as the `x-do` header asks. */

import type { APIGatewayProxyEvent, Context } from "aws-lambda";

export async function handler(event: APIGatewayProxyEvent, context: Context): Promise<unknown> {
  const wish = event.headers["x-do"];
  if (wish === "throw") throw new Error("asked to throw");
  if (wish === "exit") process.exit(3);
  if (wish === "malformed") return { status: "not a proxy answer" };
  if (wish === "hang") await new Promise((resolve) => setTimeout(resolve, 60_000));
  if (wish === "wait") await new Promise((resolve) => setTimeout(resolve, 50));
  if (wish === "binary") {
    const body = Buffer.from([0, 255, 1]).toString("base64");
    return {
      statusCode: 200,
      headers: { "content-type": "application/octet-stream" },
      body,
      isBase64Encoded: true,
    };
  }
  console.log(JSON.stringify({ level: "INFO", path: event.path }));
  return {
    statusCode: 201,
    headers: { "content-type": "application/json", "x-one": "1" },
    multiValueHeaders: { "set-cookie": ["a=1", "b=2"] },
    body: JSON.stringify({
      event,
      now: Date.now(),
      pid: process.pid,
      remainingMs: context.getRemainingTimeInMillis(),
      functionName: context.functionName,
      environment: { ...process.env },
      heapFlags: process.execArgv.filter((flag) => flag.startsWith("--max-")),
    }),
  };
}
