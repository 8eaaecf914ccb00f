import type { LogLine } from "../lambda/start-slot.ts";
import { dollars, type Meter } from "../meter/meter.ts";

type Travel = { startedMs: number; mark: ReturnType<Meter["mark"]>; accepted: number; targets: number };

export type Timeline = {
  /** Feeds one line of a function's log. */
  add(line: LogLine): void;
  /** Resolves when the notification is completed. */
  completed(id: string): Promise<void>;
};

/** Prints notifications as they travel: what the functions log of them, with the time since acceptance. */
export function createTimeline(
  print: (line: string) => void,
  meter: () => Meter,
  now: () => number,
): Timeline {
  const travels = new Map<string, Travel>();
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  const waiter = (id: string) => {
    const known = waiting.get(id) ?? Promise.withResolvers<void>();
    waiting.set(id, known);
    return known;
  };
  const row = (travel: Travel, what: string, detail: string) =>
    print(
      `    t+${String(Math.max(0, Math.round(now() - travel.startedMs))).padStart(4)} ms  ${what.padEnd(11)} ${detail}`,
    );
  const steps: Record<string, (entry: Entry, travel: Travel) => void> = {
    "notification accepted": (entry, travel) =>
      row(
        travel,
        "accepted",
        `intent stored (${entry.recipients ?? "all"} recipients, ${entry.priority} priority, ${entry.channels})`,
      ),
    "job closed": (entry, travel) => {
      travel.targets += Number(entry.targets);
      travel.accepted += Number(/accepted:(\d+)/.exec(entry.outcomes ?? "")?.[1] ?? 0);
      row(travel, String(entry.channel), `${entry.provider}  ${entry.outcomes?.replaceAll(":", " ")}`);
    },
    "notification completed": (entry, travel) => {
      // The closing job's own line follows this one: let it be printed first.
      setTimeout(() => {
        const cost = dollars(meter().since(travel.mark));
        row(
          travel,
          "completed",
          `${travel.accepted} of ${travel.targets} targets accepted · $${cost.toFixed(7)}`,
        );
        travels.delete(entry.notification);
        waiter(entry.notification).resolve();
        waiting.delete(entry.notification);
      }, 60);
    },
  };
  return {
    add({ line }) {
      const entry = entryOf(line);
      const step = entry && steps[entry.message];
      if (!entry || !step) return;
      const known = travels.get(entry.notification);
      const travel = known ?? {
        startedMs: Date.parse(entry.time),
        mark: meter().mark(),
        accepted: 0,
        targets: 0,
      };
      if (!known) travels.set(entry.notification, travel);
      step(entry, travel);
    },
    completed: (id) => waiter(id).promise,
  };
}

type Entry = {
  message: string;
  time: string;
  notification: string;
  channel?: string;
  provider?: string;
  targets?: number;
  outcomes?: string;
  recipients?: number;
  priority?: string;
  channels?: string;
};

function entryOf(line: string): Entry | undefined {
  if (!line.startsWith("{") || !line.includes('"notification"')) return undefined;
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return undefined; // a function may print what it likes; only our own lines are read
  }
}
