/** Structured lines on standard output. Ids and 8-hex hashes only: never a token, an endpoint or a content. */
export type LogFields = Record<string, string | number | boolean | undefined>;

function line(level: "info" | "warn" | "error", message: string, fields: LogFields): void {
  process.stdout.write(`${JSON.stringify({ level, message, time: new Date().toISOString(), ...fields })}\n`);
}

export const log = {
  info: (message: string, fields: LogFields = {}) => line("info", message, fields),
  warn: (message: string, fields: LogFields = {}) => line("warn", message, fields),
  /** Name and message of an error; messages of our own and of AWS hold no tokens. */
  error: (message: string, error: unknown, fields: LogFields = {}) =>
    line("error", message, { ...fields, ...describe(error) }),
};

function describe(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  return {
    error: error.name,
    detail: error.message.slice(0, 300),
    stack: error.stack?.split("\n").slice(1, 5).join(" | "),
  };
}
