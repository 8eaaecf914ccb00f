/**
 * What is awaited, but no longer than `ms` of real time; what it came to later is nobody's.
 * @throws Error that names who did not answer, or whatever the awaited throws
 */
export async function within<T>(ms: number, awaited: Promise<T>, who: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${who} did not answer in time`)), ms);
  });
  try {
    return await Promise.race([awaited, late]);
  } finally {
    clearTimeout(timer);
  }
}
