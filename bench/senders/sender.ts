import type { Provider, SendEach } from "../../functions/core/dispatch/provider.ts";
import type { Job } from "./jobs.ts";

export type Sender = {
  /** What is done before the clock starts. */
  build?(jobs: readonly Job[]): void;
  /** Sends all jobs and waits for their answers; returns how many were good. */
  send(jobs: readonly Job[]): Promise<number>;
};

/** `ways`: host -> "address:port" of the fake; `ca`: PEM of its certificate. */
export type Setup = { ways: Readonly<Record<string, string>>; ca: string };

/** What the dispatcher gives one job's targets, and what `sendEach` begins at once. */
export const IN_FLIGHT = 500;
const DEADLINE_MS = 10_000;

/** Draws sends from `sends`, each begun when it is drawn, so many at a time; returns how many were good. */
export async function keepInFlight(inFlight: number, sends: Iterator<Promise<boolean>>): Promise<number> {
  let good = 0;
  const worker = async (): Promise<void> => {
    for (let next = sends.next(); !next.done; next = sends.next()) if (await next.value) good++;
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return good;
}

/**
 * A provider as the dispatcher drives it: made ready once per job, a deadline for each send, and, as it has several
 * jobs at hand, no pause between one's last answer and the next one's first request.
 */
export function asDispatched(provider: Provider<SendEach>): Sender {
  return {
    async send(jobs) {
      const ready = await Promise.all(
        jobs.map(async ({ message, targets }) => ({ send: await provider.prepare(message), targets })),
      );
      function* sends(): Generator<Promise<boolean>> {
        for (const { send, targets } of ready)
          for (const target of targets)
            yield send(target, { deadlineMs: Date.now() + DEADLINE_MS }).then(isAccepted);
      }
      return keepInFlight(Math.min(provider.concurrency, IN_FLIGHT), sends());
    },
  };
}

const isAccepted = ({ kind }: { kind: string }): boolean => kind === "accepted";
