import type { CallWatch, WatchedCall } from "../../local/door/watch.ts";
import type { Stage } from "../../local/fakes/faults.ts";

/** Where a worker may die: after receive, load, lease; before and in a send; before its end is written or told. */
export const DISPATCHER_POINTS = [
  "after receive",
  "after lease",
  "after load",
  "in mid-request",
  "after the send, before its answer",
  "before the outcomes are written",
  "after the outcomes are written",
  "before the message is deleted",
] as const;
export const PLANNER_POINTS = ["after the plan row", "after the jobs", "after the cursor"] as const;
export const SENDER_POINTS = [
  "before the header",
  "after the header",
  "after the jobs of a request",
] as const;

export type Point =
  | (typeof DISPATCHER_POINTS)[number]
  | (typeof PLANNER_POINTS)[number]
  | (typeof SENDER_POINTS)[number];
export type Fault = { fn: "DispatchMobilePush" | "Plan" | "Send"; point: Point };

export const FAULTS: Fault[] = [
  ...DISPATCHER_POINTS.map((point): Fault => ({ fn: "DispatchMobilePush", point })),
  ...PLANNER_POINTS.map((point): Fault => ({ fn: "Plan", point })),
  ...SENDER_POINTS.map((point): Fault => ({ fn: "Send", point })),
];

/** Which call at the front door, or which request to the provider, a point is at. */
export type Place =
  | { at: "door"; when: keyof CallWatch; fits(call: WatchedCall): boolean }
  | { at: "provider"; stage: Stage };

type Item = Record<string, { S?: string }>;

const itemOf = ({ input }: WatchedCall): Item => (input["Item"] ?? input["Key"] ?? {}) as Item;
const starts = (call: WatchedCall, operation: string, sk: string): boolean =>
  call.operation === operation && (itemOf(call)["sk"]?.S ?? "").startsWith(sk);
/** The outcomes of a whole job are written. */
export const settles = (call: WatchedCall): boolean =>
  starts(call, "PutItem", "job#") && itemOf(call)["s"]?.S === "settled";
/** A worker takes a job, or goes on to its next window. */
export const leases = (call: WatchedCall): boolean =>
  starts(call, "PutItem", "job#") && itemOf(call)["s"]?.S === "leased";
/** The job that a ledger's write is about. */
export const jobOf = (call: WatchedCall): string => (itemOf(call)["sk"]?.S ?? "").slice("job#".length);
const counts = (call: WatchedCall): boolean =>
  starts(call, "UpdateItem", "header") || starts(call, "UpdateItem", "progress");
const sends = ({ operation }: WatchedCall): boolean => operation === "SendMessageBatch";

const before = (fits: (call: WatchedCall) => boolean): Place => ({ at: "door", when: "before", fits });
const after = (fits: (call: WatchedCall) => boolean): Place => ({ at: "door", when: "after", fits });

export const PLACES: Record<Point, Place> = {
  "after receive": before(leases),
  "after lease": after(leases),
  "after load": after(({ operation }) => operation === "BatchGetItem"),
  "in mid-request": { at: "provider", stage: "begun" },
  "after the send, before its answer": { at: "provider", stage: "arrived" },
  "before the outcomes are written": before(settles),
  "after the outcomes are written": after(settles),
  "before the message is deleted": after(counts),
  "after the plan row": after((call) => starts(call, "PutItem", "plan#")),
  "after the jobs": after(sends),
  "after the cursor": after((call) => starts(call, "UpdateItem", "progress")),
  "before the header": before((call) => starts(call, "PutItem", "header")),
  "after the header": after((call) => starts(call, "PutItem", "header")),
  "after the jobs of a request": after(sends),
};

/** Role names begin with their function's. */
export const isBy = (call: WatchedCall, fn: string): boolean => call.principal.startsWith(`${fn}Role`);
