import { shardOf, userHash } from "../hash.ts";
import { fanOutOf } from "../notification/fan-out.ts";
import type { Notification, NotificationBody } from "../notification/notification.ts";
import { locate, type PlannedJob, type PlanRecord, type PlanRow } from "../plan/plan-row.ts";
import { bucketOfShard, listKey, walkKey } from "../plan/shards.ts";
import { namedUsers } from "../plan/sources.ts";

/** Where the decision about a user lies, and by which rule the user is in the audience. */
export type Place =
  | { included: false; rule: string }
  | { included: true; rule: string; bucket: number; key: string; onlyDevices?: string[] };

export function placeOf(notification: Notification, body: NotificationBody, user: string): Place {
  if ("everyone" in body.to) {
    const shard = shardOf(user);
    const bucket = bucketOfShard(shard, notification.buckets ?? 1);
    return { included: true, rule: "to.everyone", bucket, key: walkKey(shard, user) };
  }
  const fanOut = fanOutOf(body.to);
  if (fanOut) return { included: false, rule: `to.${fanOut.kind}: the provider knows who is behind it` };
  const rule = "users" in body.to ? "to.users" : "to.devices";
  const named = namedUsers(body);
  const index = named.findIndex((candidate) => candidate.user === user);
  if (index < 0) return { included: false, rule: `not named in ${rule}` };
  const onlyDevices = named[index]?.devices;
  return { included: true, rule, bucket: 0, key: listKey(index), ...(onlyDevices && { onlyDevices }) };
}

export type Found = { record: PlanRecord; places: { job: PlannedJob; position: number }[] };

/** The user's record in a row, when the row's page goes that far and holds the user. */
export function recordIn(row: PlanRow, key: string, user: string): Found | "not planned yet" | "not there" {
  if (row.nextKey !== null && row.nextKey <= key) return "not planned yet";
  const wanted = userHash(user);
  for (const found of locate(row)) if (found.record.userHash.equals(wanted)) return found;
  return "not there";
}
