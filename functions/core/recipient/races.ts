import { AppError } from "../errors/app-error.ts";

const MAX_RACES = 8;

/**
 * Repeats a read-decide-write step until its write was the first.
 * `step` answers undefined when somebody else changed what it had read.
 * @throws AppError conflict after eight lost races
 */
export async function untilFirst<T>(
  step: () => Promise<T | undefined>,
  pause: (race: number) => Promise<void>,
  what: string,
): Promise<T> {
  for (let race = 0; race < MAX_RACES; race++) {
    if (race > 0) await pause(race);
    const done = await step();
    if (done !== undefined) return done;
  }
  throw new AppError("conflict", `${what} changed ${MAX_RACES} times during this request: send it again`, {
    retryAfterS: 1,
  });
}
