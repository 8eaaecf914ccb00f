import { AppError, ERRORS } from "../core/errors/app-error.ts";
import { LaterError } from "../core/errors/later-error.ts";
import { settings } from "./env.ts";
import { log } from "./log.ts";

export type Problem = {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  requestId: string;
  errors?: { pointer: string; detail: string }[];
};

const THROTTLES = new Set([
  "ProvisionedThroughputExceededException",
  "ThrottlingException",
  "TransactionConflictException",
  "RequestLimitExceeded",
  "RequestThrottled",
  "OverLimit",
  "TransactionInProgressException",
]);

const docLink = (code: string): string => `${settings().docsUrl}/errors#${code}`;

/** Any error as an RFC 9457 document; of an unknown one nothing but the request id is told. */
export function problemOf(
  error: unknown,
  requestId: string,
): { problem: Problem; headers: Record<string, string> } {
  const known = error instanceof AppError ? error : notNow(error);
  if (known === undefined) {
    log.error("request failed", error, { requestId });
    const detail = "something went wrong here; the request id leads to the log line";
    return {
      problem: {
        type: docLink("internal"),
        title: "Internal error",
        status: 500,
        code: "internal",
        detail,
        requestId,
      },
      headers: {},
    };
  }
  const { status, title } = ERRORS[known.code];
  const { errors, retryAfterS, headers } = known.extra;
  return {
    problem: {
      type: docLink(known.code),
      title,
      status,
      code: known.code,
      detail: known.message,
      requestId,
      ...(errors && { errors }),
    },
    headers: { ...headers, ...(retryAfterS !== undefined && { "Retry-After": String(retryAfterS) }) },
  };
}

/** Nothing was committed: the caller may simply come again. */
function notNow(error: unknown): AppError | undefined {
  if (error instanceof LaterError) {
    log.error("request needs what cannot be had now", error.cause ?? error, { why: error.message });
    return new AppError("unavailable", "a part of the platform does not answer; nothing was done", {
      retryAfterS: 5,
    });
  }
  if (!(error instanceof Error) || !THROTTLES.has(error.name)) return undefined;
  return new AppError("unavailable", "a table or queue is throttled; nothing was accepted", {
    retryAfterS: 2,
  });
}
