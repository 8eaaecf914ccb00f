import { hash } from "node:crypto";

/** Recipients of an app are spread over this many virtual shards; it is part of every Directory key and never changes. */
export const SHARD_COUNT = 256;

/** First 6 bytes of SHA-256: a user among the thousands of a plan row. */
export function userHash(user: string): Buffer {
  return hash("sha256", user, "buffer").subarray(0, 6);
}

/** First 2 bytes of SHA-256 over user and device: one of a user's twenty devices in a plan row. */
export function deviceHash(user: string, device: string): number {
  return hash("sha256", `${user}\u0000${device}`, "buffer").readUInt16BE(0);
}

/** Virtual shard of a user, 0..255. */
export function shardOf(user: string): number {
  return hash("sha256", user, "buffer").readUInt8(8);
}

/** Hex digest used in keys (token owner, idempotency): never reversible to a token that is itself random. */
export function sha256Hex(text: string): string {
  return hash("sha256", text, "hex");
}

/** What may stand in a log instead of a token, an endpoint or a content: 8 hex digits. */
export function logHash(text: string): string {
  return hash("sha256", text, "hex").slice(0, 8);
}

/** Job id: the same page planned again makes the same job. */
export function jobIdOf(parts: {
  app: string;
  notification: string;
  bucket: number;
  startKey: string;
  provider: string;
  ordinal: number;
}): string {
  const text = [parts.app, parts.notification, parts.bucket, parts.startKey, parts.provider, parts.ordinal];
  return hash("sha256", text.join("\u0000"), "buffer").subarray(0, 12).toString("base64url");
}

/** Deterministic provider message id (UUID form, as APNs wants it) of one position of a job. */
export function providerMessageId(jobId: string, position: number): string {
  const hex = hash("sha256", `${jobId}\u0000${position}`, "hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
