import type { TestContext } from "node:test";

/** The JSON lines that the code under test tells; the runner's own output, on the same stream, goes through. */
export function toldLines(t: TestContext): string[] {
  const lines: string[] = [];
  const write = process.stdout.write.bind(process.stdout) as (chunk: unknown) => boolean;
  t.mock.method(process.stdout, "write", (chunk: unknown) => {
    if (typeof chunk !== "string" || !chunk.startsWith("{")) return write(chunk);
    lines.push(chunk);
    return true;
  });
  return lines;
}
