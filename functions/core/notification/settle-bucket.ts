import type { Notification, Progress } from "./notification.ts";

export type SettlePorts = {
  bucketDone(app: string, id: string, bucket: number): Promise<Notification | undefined>;
  end(app: string, id: string, state: "completed"): Promise<Notification | undefined>;
  /** It had ended otherwise before (cancelled): nothing is left to watch. */
  forget(app: string, id: string): Promise<unknown>;
  onEnd?(app: string, id: string): void;
};

/**
 * Planner and dispatchers both call this after their own write: the one that sees a bucket planned to its end and
 * all its jobs and ladders closed ends it; the last bucket ends the notification. Repeatable.
 */
export async function settleBucket(
  ports: SettlePorts,
  place: { app: string; id: string; walk: boolean },
  progress: Progress,
): Promise<void> {
  const { app, id } = place;
  if (progress.ended) {
    ports.onEnd?.(app, id);
    return;
  }
  if (!progress.planDone || progress.held > 0 || progress.closed < progress.planned) return;
  if (place.walk) {
    const header = await ports.bucketDone(app, id, progress.bucket);
    if (header === undefined || header.doneBuckets.length < (header.buckets ?? Number.POSITIVE_INFINITY))
      return;
  }
  if (await ports.end(app, id, "completed")) ports.onEnd?.(app, id);
  else await ports.forget(app, id);
}
