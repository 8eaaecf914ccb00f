import type { BulkAnswer } from "../core/api/answers.ts";
import { AppError } from "../core/errors/app-error.ts";
import { parse, parseJson } from "../core/errors/parse.ts";
import { LIMITS } from "../core/notification/request.ts";
import type { HttpRequest } from "./http.ts";
import { lineGroups } from "./line-groups.ts";
import { log } from "./log.ts";
import { problemOf } from "./problem.ts";

const BULK_LINES = 1_000;
/** A thousand devices with Web Push subscriptions need more than one document's 256 KB. */
const BULK_BYTES = 2 * 1024 * 1024;
const LINE_LIMITS = { bodyBytes: 16 * 1024, jsonDepth: LIMITS.jsonDepth };
/** Groups of lines under way at once: their writes share one environment's connections. */
const CONCURRENCY = 20;
/** So many lines are one use of the app's rate: an import costs less than as many requests, and is bounded all the same. */
const LINES_A_REQUEST = 10;

export type BulkWork<T> = {
  /** Lines that name one thing in common run one after the other, in their order. */
  names(line: T): readonly string[];
  /** One use more of the app's rate. @throws AppError rate_limited */
  count(): Promise<unknown>;
  /** Makes the lines that fit the schema ready: what they need is read once for all of them. */
  begin(lines: readonly T[]): Promise<{
    /** Does the work of one line; its status. */
    one(line: T): Promise<number>;
    /** Behind the last line: every line is answered for by then, so its failure is told in the log alone. */
    end(): Promise<void>;
  }>;
};

type Fitting<T> = { index: number; line: T };
type Result = BulkAnswer["results"][number];

/**
 * Each line of a bulk request is judged and answered by itself.
 * @throws AppError body_too_large, invalid_request when there are too many lines or none
 */
export async function eachLine<T>(request: HttpRequest, work: BulkWork<T>): Promise<BulkAnswer> {
  const lines = linesOf(request);
  const results = new Array<Result>(lines.length);
  const fitting: Fitting<T>[] = [];
  for (const [index, text] of lines.entries()) {
    try {
      fitting.push({ index, line: parse(request.operation.body!, parseJson(text, LINE_LIMITS)) as T });
    } catch (error) {
      results[index] = refused(index, error, request);
    }
  }
  const { taken, why } = await withinRate(fitting, work);
  for (const { index } of fitting.slice(taken.length)) results[index] = refused(index, why, request);
  const { one, end } = await work.begin(taken.map(({ line }) => line));
  const groups = lineGroups(taken, ({ line }) => work.names(line));
  await inParallel(groups, async (group) => {
    for (const { index, line } of group) results[index] = await answered(index, () => one(line), request);
  });
  await end().catch((error) =>
    log.error("end of a bulk request failed", error, { operation: request.operation.id }),
  );
  const done = results.filter(({ problem }) => problem === undefined).length;
  return { totals: { done, refused: results.length - done }, results };
}

/**
 * The lines up to the first that the app's rate has no room for: none behind it is done, lest it overtake one that
 * names the same user. The first ten are the request's own use, which was counted before.
 */
async function withinRate<T>(
  fitting: Fitting<T>[],
  { count }: Pick<BulkWork<T>, "count">,
): Promise<{ taken: Fitting<T>[]; why?: unknown }> {
  for (let at = LINES_A_REQUEST; at < fitting.length; at += LINES_A_REQUEST) {
    try {
      await count();
    } catch (why) {
      return { taken: fitting.slice(0, at), why };
    }
  }
  return { taken: fitting };
}

function linesOf({ rawBody }: HttpRequest): string[] {
  const bytes = Buffer.byteLength(rawBody);
  if (bytes > BULK_BYTES)
    throw new AppError("body_too_large", `the body has ${bytes} bytes; the limit is ${BULK_BYTES}`);
  const lines = rawBody.split("\n").map((line) => line.trim());
  while (lines.at(-1) === "") lines.pop();
  if (lines.length === 0) throw new AppError("invalid_request", "the body holds no line of JSON");
  if (lines.length > BULK_LINES)
    throw new AppError("invalid_request", `the body has ${lines.length} lines; the limit is ${BULK_LINES}`);
  return lines;
}

async function answered(index: number, one: () => Promise<number>, request: HttpRequest): Promise<Result> {
  try {
    return { index, status: await one() };
  } catch (error) {
    return refused(index, error, request);
  }
}

/** A line's fault is its own answer; a failure of the platform is told the same way, so that it can be repeated. */
function refused(index: number, error: unknown, request: HttpRequest): Result {
  const { problem } = problemOf(error, request.requestId);
  return { index, status: problem.status, problem };
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}
