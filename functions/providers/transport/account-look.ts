const LOOK_MS = 300_000;
/** Jobs wait for it: a service that does not answer must not hold them up. */
const PATIENCE_MS = 2_000;

/**
 * What the account tells of itself, read again every five minutes because AWS raises quotas by itself. Undefined where
 * it cannot be read: it is asked for again, and a wrong right shows with the first send.
 */
export function accountLook<T>(
  read: (signal: AbortSignal) => Promise<T | undefined>,
  now: () => number,
): () => Promise<T | undefined> {
  let known: { atMs: number; told: Promise<T | undefined> } | undefined;
  return () => {
    if (known === undefined || now() - known.atMs > LOOK_MS)
      known = { atMs: now(), told: inTime(read).catch(() => undefined) };
    return known.told;
  };
}

async function inTime<T>(read: (signal: AbortSignal) => Promise<T | undefined>): Promise<T | undefined> {
  const abort = new AbortController();
  const reading = read(abort.signal);
  let timer: NodeJS.Timeout | undefined;
  // The SDK does not look at the signal while it waits for credentials.
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      resolve(undefined);
      abort.abort();
    }, PATIENCE_MS);
  });
  try {
    return await Promise.race([reading, late]);
  } finally {
    clearTimeout(timer);
    reading.catch(() => undefined); // after its time nobody is left to tell
  }
}
