import type { WatchedCall } from "../../local/door/watch.ts";
import { functionNamed, type World } from "../e2e/harness.ts";

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

type Trigger = { when: "before" | "after"; fits(call: WatchedCall): boolean };

const itemOf = ({ input }: WatchedCall): Record<string, { S?: string }> =>
  (input["Item"] ?? input["Key"] ?? {}) as Record<string, { S?: string }>;
const starts = (call: WatchedCall, operation: string, sk: string): boolean =>
  call.operation === operation && (itemOf(call)["sk"]?.S ?? "").startsWith(sk);
const settles = (call: WatchedCall): boolean =>
  starts(call, "PutItem", "job#") && (itemOf(call)["s"]?.S ?? "") === "settled";
const leases = (call: WatchedCall): boolean =>
  starts(call, "PutItem", "job#") && (itemOf(call)["s"]?.S ?? "") === "leased";
const counts = (call: WatchedCall): boolean =>
  starts(call, "UpdateItem", "header") || starts(call, "UpdateItem", "progress");

const TRIGGERS: Partial<Record<Point, Trigger>> = {
  "after receive": { when: "before", fits: leases },
  "after lease": { when: "after", fits: leases },
  "after load": { when: "after", fits: ({ operation }) => operation === "BatchGetItem" },
  "before the outcomes are written": { when: "before", fits: settles },
  "after the outcomes are written": { when: "after", fits: settles },
  "before the message is deleted": { when: "after", fits: counts },
  "after the plan row": { when: "after", fits: (call) => starts(call, "PutItem", "plan#") },
  "after the jobs": { when: "after", fits: ({ operation }) => operation === "SendMessageBatch" },
  "after the cursor": { when: "after", fits: (call) => starts(call, "UpdateItem", "progress") },
  "before the header": { when: "before", fits: (call) => starts(call, "PutItem", "header") },
  "after the header": { when: "after", fits: (call) => starts(call, "PutItem", "header") },
  "after the jobs of a request": { when: "after", fits: ({ operation }) => operation === "SendMessageBatch" },
};

/**
 * Kills every environment of a function, once, at a point of its work.
 * @returns whether that point was reached
 */
export function killAt(world: World, fn: string, point: Point): () => boolean {
  const trigger = TRIGGERS[point];
  const name = functionNamed(world, fn);
  let killed = false;
  const kill = () => {
    killed = true;
    stop();
    world.runtime.functions.kill(name, "SIGKILL");
  };
  const stop = trigger ? atCall(world, fn, trigger, kill) : atProvider(world, point, kill);
  return () => {
    stop();
    return killed;
  };
}

function atCall(world: World, fn: string, { when, fits }: Trigger, kill: () => void): () => void {
  const isOurs = ({ principal }: WatchedCall) => principal.startsWith(`${fn}Role`);
  return world.runtime.door.watch({
    before(call) {
      if (when !== "before" || !isOurs(call) || !fits(call)) return undefined;
      kill();
      return "drop";
    },
    after(call) {
      if (when === "after" && isOurs(call) && fits(call)) kill();
    },
  });
}

function atProvider(world: World, point: Point, kill: () => void): () => void {
  const wanted = point === "in mid-request" ? "begun" : "arrived";
  return world.fakes.faults.watch(({ provider, stage }) => {
    if (provider === "apns" && stage === wanted) kill();
  });
}
