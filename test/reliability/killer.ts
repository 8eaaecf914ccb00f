import { providerMessageId } from "../../functions/core/hash.ts";
import type { WatchedCall } from "../../local/door/watch.ts";
import type { Arrival } from "../../local/fakes/faults.ts";
import type { World } from "../e2e/harness.ts";
import { type Fault, isBy, jobOf, leases, PLACES } from "./points.ts";

/** A worker stands at a point of its work: an environment's id, and the call or request that it makes there. */
export type Moment = { fault: Fault; worker: string } & (
  | { call: WatchedCall; arrival?: undefined }
  | { arrival: Arrival; call?: undefined }
);

/** Targets of one job whose requests are told apart. */
const TARGETS = 50;

/**
 * Looks on at the points and kills (SIGKILL) each worker that `dies` there. What a dead worker asks for is never
 * done: its call had not left.
 * @returns ends it
 */
export function killWhere(
  world: World,
  faults: readonly Fault[],
  dies: (moment: Moment) => boolean,
): () => void {
  const killed = new Set<string>();
  const end = lookOn(world, faults, (moment) => {
    if (killed.has(moment.worker) || !dies(moment)) return;
    killed.add(moment.worker);
    world.runtime.functions.kill(moment.worker, "SIGKILL");
  });
  const endDropping = world.runtime.door.watch({
    before: ({ session }) => (session !== undefined && killed.has(session) ? "drop" : undefined),
  });
  return () => {
    end();
    endDropping();
  };
}

/**
 * Tells of each worker that comes to a point, before it can go on.
 * @returns ends it
 */
export function lookOn(world: World, faults: readonly Fault[], told: (moment: Moment) => void): () => void {
  const holders = new Map<string, string>();
  const atDoor = (call: WatchedCall, when: "before" | "after"): void => {
    const worker = call.session;
    if (worker === undefined) return;
    if (when === "before" && leases(call)) remember(holders, jobOf(call), worker);
    for (const fault of faults) {
      const place = PLACES[fault.point];
      if (place.at === "door" && place.when === when && isBy(call, fault.fn) && place.fits(call))
        told({ fault, worker, call });
    }
  };
  const atProvider = (arrival: Arrival): void => {
    const worker = holders.get(String(arrival.headers["apns-id"]));
    if (worker === undefined) return;
    for (const fault of faults) {
      const place = PLACES[fault.point];
      if (place.at === "provider" && place.stage === arrival.stage) told({ fault, worker, arrival });
    }
  };
  const ends = [
    world.runtime.door.watch({
      before(call) {
        atDoor(call, "before");
        return undefined;
      },
      after: (call) => atDoor(call, "after"),
    }),
    world.fakes.faults.watch(atProvider),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** Who holds a job's lease is who makes its requests. */
function remember(holders: Map<string, string>, job: string, worker: string): void {
  for (let position = 0; position < TARGETS; position++)
    holders.set(providerMessageId(job, position), worker);
}
