import assert from "node:assert/strict";
import { after, type TestContext, test } from "node:test";
import type { APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { SignJWT } from "jose";
import { CLIENT_SECRET, startShop } from "./http-shop.ts";

/** Per address, of the deployment these tests run in. */
const LIMIT_PER_S = 100;
/** What an environment gives away in each second before it asks the others. */
const FREE = 1;

const { admin, created, world } = await startShop();
after(() => world.close());
await created("POST /v1/apps", { id: "site" });
await admin("PUT /v1/apps/site/providers/jwt", { secret: CLIENT_SECRET });
await admin("PUT /v1/apps/site/client-auth", { kind: "hs256" });
const { handler } = await import("../../../functions/handlers/socket/authorizer.ts");

const tokenOf = (user: string) =>
  new SignJWT({ app: "site" })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(user)
    .setIssuedAt()
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(CLIENT_SECRET));

async function connect(sourceIp: string, token: string) {
  const event = {
    methodArn: "arn:aws:execute-api:eu-central-1:1:api/live/$connect",
    headers: { Authorization: `Bearer ${token}` },
    queryStringParameters: { v: "1" },
    requestContext: { requestId: "r", identity: { sourceIp } },
  } as unknown as APIGatewayRequestAuthorizerEvent; // only what the function reads of an event
  return (await handler(event, {} as never)).policyDocument.Statement[0]?.Effect;
}

const allowed = (effects: (string | undefined)[]) => effects.filter((effect) => effect === "Allow").length;

/** Everything happens in one second. */
const frozen = (t: TestContext) => t.mock.timers.enable({ apis: ["Date"], now: Date.now() });

test("connects of one address are counted, whoever they say they are; others go on", async (t) => {
  frozen(t);
  const tokens = await Promise.all(Array.from({ length: LIMIT_PER_S + 20 }, (_, n) => tokenOf(`user${n}`)));
  const effects = await Promise.all(tokens.map((token) => connect("192.0.2.1", token)));
  assert.equal(allowed(effects), LIMIT_PER_S + FREE);
  assert.equal(await connect("192.0.2.2", tokens[0]!), "Allow");
});

test("forged tokens count as well: behind them the address is refused with a good one", async (t) => {
  frozen(t);
  const good = await tokenOf("ann");
  const connects = Array.from({ length: LIMIT_PER_S + FREE }, () => connect("192.0.2.3", `${good}x`));
  assert.equal(allowed(await Promise.all(connects)), 0);
  assert.equal(await connect("192.0.2.3", good), "Deny");
  assert.equal(await connect("192.0.2.4", good), "Allow");
});
