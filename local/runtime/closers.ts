/** What was opened, closed again in the opposite order, also when only half of it could be opened. */

export type Closers = { add(close: () => Promise<void> | void): void; close(): Promise<void> };

export function createClosers(): Closers {
  const closers: (() => Promise<void> | void)[] = [];
  let closing: Promise<void> | undefined;
  const closeAll = async () => {
    const errors: unknown[] = [];
    for (const close of closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, "the local runtime did not close cleanly");
  };
  return {
    add: (close) => closers.push(close),
    close: () => {
      closing ??= closeAll();
      return closing;
    },
  };
}
