const LOOK_MS = 300_000;
/** Where it could not be read; all environments must not come back at once: SES lets itself be asked once a second. */
const AGAIN_MS = { least: 10_000, spread: 10_000 };
/** Jobs wait for it: a service that does not answer must not hold them up. */
const PATIENCE_MS = 2_000;

/**
 * What the account tells of itself, read again every five minutes because AWS raises quotas by itself. Where it cannot
 * be read, what was told before counts; undefined until it has been read once.
 */
export function accountLook<T>(
  read: (signal: AbortSignal) => Promise<T | undefined>,
  now: () => number,
): () => Promise<T | undefined> {
  let last: T | undefined;
  let known: { untilMs: number; told: Promise<T | undefined> } | undefined;
  const look = async () => {
    const told = await inTime(read).catch(() => undefined); // asked again soon; a wrong right shows with the first send
    if (told !== undefined) last = told;
    else if (known) known.untilMs = now() + AGAIN_MS.least + Math.random() * AGAIN_MS.spread;
    return last;
  };
  return () => {
    if (known === undefined || now() > known.untilMs) known = { untilMs: now() + LOOK_MS, told: look() };
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
