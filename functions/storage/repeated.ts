/** May be asked whether a write waits so long and is tried once more. */
export type MayWait = (pauseMs: number) => boolean;

const PAUSE_MS = { first: 100, longest: 2_000 };

/**
 * A write that may be repeated, tried again with growing pauses while `mayWait` says so: a table that grows with its
 * load refuses for some seconds, and the SDK gives up within one.
 * @throws the last error
 */
export async function repeated<T>(write: () => Promise<T>, mayWait: MayWait): Promise<T> {
  for (let longestMs = PAUSE_MS.first; ; longestMs = Math.min(2 * longestMs, PAUSE_MS.longest)) {
    try {
      return await write();
    } catch (error) {
      const pauseMs = longestMs * (0.5 + Math.random() / 2);
      if (!mayWait(pauseMs)) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
