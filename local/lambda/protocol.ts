/** What passes over IPC between the pool and an execution environment. */

export type HandlerError = { errorType: string; errorMessage: string; trace: string[] };

export type ToChild =
  | {
      kind: "event";
      requestId: string;
      event: unknown;
      functionArn: string;
      timeoutMs: number;
      traceHeader: string;
      offsetMs: number;
    }
  | { kind: "clock"; offsetMs: number };

export type FromChild =
  | { kind: "ready"; cpuMs: number }
  | { kind: "unusable"; error: HandlerError }
  | { kind: "result"; requestId: string; payload: string; cpuMs: number }
  | { kind: "error"; requestId: string; error: HandlerError; cpuMs: number };

/** `trouble`: who failed. Only `handler` means that the function itself answered with an error. */
export type Invocation =
  | { ok: true; requestId: string; payload: unknown }
  | {
      ok: false;
      requestId: string;
      trouble: "handler" | "timeout" | "exit" | "start" | "throttled";
      error: HandlerError;
    };
