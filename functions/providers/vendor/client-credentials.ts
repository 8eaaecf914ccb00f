import { withoutAnswer } from "../transport/reply.ts";
import { noToken } from "./access.ts";
import type { VendorClient } from "./client.ts";
import { byStatus, codeText } from "./verdict.ts";

const FETCH_TIMEOUT_MS = 5_000;

/**
 * An OAuth 2 access token for a client's id and secret (RFC 6749, 4.4), as Huawei and Honor hand them out.
 * @throws TokenError: the client is refused, or nobody answers
 */
export async function clientCredentials(
  client: VendorClient,
  path: string,
  { id, secret }: { id: string; secret: string },
): Promise<string> {
  const form = { grant_type: "client_credentials", client_id: id, client_secret: secret };
  const reply = await client.post({ path, body: { form } }, Date.now() + FETCH_TIMEOUT_MS);
  // Asking twice for a token harms nobody: a lost answer is not in doubt here.
  if (reply.kind !== "answer") throw noToken({ ...withoutAnswer(reply), kind: "retry" });
  const { status, json } = reply;
  const { access_token: token } = json;
  if (status === 200 && typeof token === "string") return token;
  const reason = codeText(json["sub_error"]) ?? codeText(json["error"]) ?? "token_endpoint";
  const wrong = byStatus(status) === "auth" || byStatus(status) === "payload";
  throw noToken({ kind: wrong ? "misconfigured" : "retry", status, reason });
}
