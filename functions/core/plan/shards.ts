import { SHARD_COUNT } from "../hash.ts";

/** A walker's cursor: users of `shard` after `after`, then the shards behind it. */
export type WalkCursor = { shard: number; after: string };

const USERS_PER_WALKER = 20_000;

/** How many walkers plan a broadcast (design: clamp(users / 20,000, 1, 256)). */
export function walkerCount(users: number): number {
  return Math.min(SHARD_COUNT, Math.max(1, Math.ceil(users / USERS_PER_WALKER)));
}

/** Shards [from, to) of one walker. */
export function shardRange(bucket: number, buckets: number): { from: number; to: number } {
  return {
    from: Math.floor((SHARD_COUNT * bucket) / buckets),
    to: Math.floor((SHARD_COUNT * (bucket + 1)) / buckets),
  };
}

/** The walker that a shard belongs to. */
export function bucketOfShard(shard: number, buckets: number): number {
  return Math.floor(((shard + 1) * buckets - 1) / SHARD_COUNT);
}

const hex = (shard: number): string => shard.toString(16).padStart(2, "0");

/** Place of a user in the walk; sorts like (shard, user). */
export const walkKey = (shard: number, user: string): string => `${hex(shard)}.${user}`;

/**
 * Where the page after `user` starts. `#` sorts after the user itself and before every longer id, so that the last
 * plan row whose start key is not greater than a user's key is the one that holds the user.
 */
export const keyAfter = (shard: number, user: string): string => `${walkKey(shard, user)}#`;

export function parseWalkKey(key: string): WalkCursor {
  const after = key.slice(3);
  return {
    shard: Number.parseInt(key.slice(0, 2), 16),
    after: after.endsWith("#") ? after.slice(0, -1) : after,
  };
}

/** Start key of a list's page: its first index, sortable. */
export const listKey = (index: number): string => String(index).padStart(6, "0");
