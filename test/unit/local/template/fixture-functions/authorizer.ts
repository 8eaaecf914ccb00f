/** Allows everyone but `?v=deny`. */

import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";

export async function handler(event: APIGatewayRequestAuthorizerEvent): Promise<unknown> {
  const v = event.queryStringParameters?.["v"];
  if (v === "broken") throw new Error("asked to throw");
  return {
    principalId: "user-1",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [
        { Action: "execute-api:Invoke", Effect: v === "deny" ? "Deny" : "Allow", Resource: event.methodArn },
      ],
    },
    context: { app: "demo", tries: 3, ok: true },
  };
}
