/**
 * One execution environment: imports the handler once, then answers one event at a time over IPC.
 * Started by environment.ts with the handler's module and name as arguments.
 */

import { pathToFileURL } from "node:url";
import type { FromChild, HandlerError, ToChild } from "./protocol.ts";

type Handler = (event: unknown, context: object) => unknown;

const MAXIMUM_ANSWER_BYTES = 6_291_556;

// Ctrl-C reaches the whole process group; the runtime decides when an environment ends.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit(0));

function tell(message: FromChild): void {
  process.send?.(message);
}

function describe(error: unknown): HandlerError {
  if (error instanceof Error) {
    return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
  }
  return { errorType: "Error", errorMessage: String(error), trace: [] };
}

function contextOf(message: ToChild & { kind: "event" }): object {
  const endsAtMs = performance.now() + message.timeoutMs;
  return {
    awsRequestId: message.requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env["AWS_LAMBDA_FUNCTION_NAME"],
    functionVersion: "$LATEST",
    getRemainingTimeInMillis: () => Math.max(0, Math.round(endsAtMs - performance.now())),
    invokedFunctionArn: message.functionArn,
    logGroupName: process.env["AWS_LAMBDA_LOG_GROUP_NAME"],
    logStreamName: process.env["AWS_LAMBDA_LOG_STREAM_NAME"],
    memoryLimitInMB: process.env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
  };
}

function asAnswer(value: unknown): string {
  const text = JSON.stringify(value ?? null);
  if (Buffer.byteLength(text) <= MAXIMUM_ANSWER_BYTES) return text;
  const error = new Error(
    `Response payload size exceeded maximum allowed payload size (${MAXIMUM_ANSWER_BYTES} bytes).`,
  );
  error.name = "Function.ResponseSizeTooLarge";
  throw error;
}

async function answer(handler: Handler, message: ToChild & { kind: "event" }): Promise<void> {
  const cpu = process.cpuUsage();
  const { requestId } = message;
  process.env["_X_AMZN_TRACE_ID"] = message.traceHeader;
  const cpuMs = () => {
    const { user, system } = process.cpuUsage(cpu);
    return (user + system) / 1000;
  };
  try {
    const payload = asAnswer(await handler(message.event, contextOf(message)));
    tell({ kind: "result", requestId, payload, cpuMs: cpuMs() });
  } catch (error) {
    const described = describe(error);
    // Lambda writes it into the function's log too; the caller sees only type and message.
    console.error(JSON.stringify({ level: "ERROR", message: "Invoke Error", requestId, ...described }));
    tell({ kind: "error", requestId, error: described, cpuMs: cpuMs() });
  }
}

async function start(): Promise<void> {
  const [file = "", name = "handler"] = process.argv.slice(2);
  try {
    const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
    const handler = module[name];
    if (typeof handler !== "function") throw new Error(`${file} exports no function ${name}`);
    process.on("message", (message: ToChild) => {
      if (message.kind === "event") void answer(handler as Handler, message);
    });
    const { user, system } = process.cpuUsage();
    tell({ kind: "ready", cpuMs: (user + system) / 1000 });
  } catch (error) {
    tell({ kind: "unusable", error: describe(error) });
  }
}

void start();
