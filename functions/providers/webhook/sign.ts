import { createHmac } from "node:crypto";
import type { WebhookCredentials } from "../../core/credentials/webhook.ts";

const hmac = (key: string | Buffer, text: string): string =>
  createHmac("sha256", key).update(text).digest("base64");

/**
 * Headers of Standard Webhooks 1.0.0. While a key is being replaced both sign: a receiver that knows either of them
 * finds its own signature in the list.
 */
export function standardHeaders(
  { secret, previous }: Pick<WebhookCredentials, "secret" | "previous">,
  { id, atMs, body }: { id: string; atMs: number; body: string },
): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000));
  const sign = (key: string) =>
    `v1,${hmac(Buffer.from(key.slice("whsec_".length), "base64"), `${id}.${timestamp}.${body}`)}`;
  const keys = previous === undefined ? [secret] : [secret, previous];
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": keys.map(sign).join(" "),
  };
}

/** Feishu keys the hash with what is signed, and signs nothing (its page has the same in four languages). */
export function feishuSignature(secret: string, atMs: number): { timestamp: string; sign: string } {
  const timestamp = String(Math.floor(atMs / 1000));
  return { timestamp, sign: hmac(`${timestamp}\n${secret}`, "") };
}

/** DingTalk's, as query parameters; its timestamp is in milliseconds. */
export function dingtalkQuery(secret: string, atMs: number): string {
  const timestamp = String(Math.floor(atMs));
  return new URLSearchParams({ timestamp, sign: hmac(secret, `${timestamp}\n${secret}`) }).toString();
}
