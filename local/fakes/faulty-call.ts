import { AwsError } from "../door/aws-error.ts";
import { RawReply } from "../door/raw-reply.ts";
import type { FakeName, Fault, Faults } from "./faults.ts";

const HUGE_BYTES = 10 * 1024 * 1024;

export type FaultyCall = {
  faults: Faults;
  name: FakeName;
  /** The address or number that the call is for. */
  token: string;
  latencyMs: number;
  signal?: AbortSignal | undefined;
  /** What the service answers when it is well; `refusal` is what it is told to answer instead. */
  run(refusal: AwsError | undefined): unknown;
  /** The text that the service gives with a code. */
  textOf(code: string): string;
};

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The caller is left without an answer until it goes. */
const silence = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    signal?.addEventListener("abort", () =>
      reject(new AwsError("RequestAbandoned", "The caller went away.")),
    );
  });

/**
 * One call of a service behind the front door, as the faults want it. The door's socket is everybody's: a connection
 * is not refused but cut within an answer, which is an unanswered request to the caller as well.
 */
export async function faultyCall(call: FaultyCall): Promise<unknown> {
  const { faults, name, token, signal } = call;
  const arrival = { provider: name, path: "/", headers: {} };
  faults.told({ ...arrival, stage: "begun" });
  if (faults.refuses(name)) return cut();
  const fault = faults.take(name, token);
  if (fault?.kind === "silent") return silence(signal);
  if (fault?.kind === "drop" || fault?.kind === "reset" || fault?.kind === "goaway") return cut();
  const result = settled(call, fault);
  faults.told({ ...arrival, stage: "arrived" });
  const waitMs = call.latencyMs + (fault?.kind === "slow" ? (fault.delayMs ?? 1_000) : 0);
  if (waitMs > 0) await wait(waitMs);
  return answered(result, fault);
}

type Result = { output: unknown; error?: undefined } | { error: AwsError };

function settled({ run, textOf }: FaultyCall, fault: Fault | undefined): Result {
  try {
    return { output: run(refusalOf(fault, textOf)) };
  } catch (error) {
    if (error instanceof AwsError) return { error };
    throw error;
  }
}

/** `reason` is the service's code; behind a colon the test's own text for it: `Throttling: Daily message quota …`. */
function refusalOf(fault: Fault | undefined, textOf: FaultyCall["textOf"]): AwsError | undefined {
  if (fault === undefined || (fault.status ?? 200) < 300) return undefined;
  const { status = 400, reason = status < 500 ? "InvalidParameterValue" : "ServiceUnavailable" } = fault;
  const [, code = reason, text] = /^(\w+): (.*)$/s.exec(reason) ?? [];
  return new AwsError(code, text ?? textOf(code), status);
}

function answered(result: Result, fault: Fault | undefined): unknown {
  const status = result.error?.status ?? 200;
  const raw = (body: string, headers: Record<string, string> = {}) =>
    new RawReply({ status, headers: { "content-type": "text/xml", ...headers }, body });
  switch (fault?.kind) {
    case "loseAnswer":
      return cut();
    case "garbage":
      return raw("<html>not what you asked for");
    case "huge":
      return raw("x".repeat(HUGE_BYTES));
    case "endless":
      // More is promised than comes, and the connection stays.
      return raw("<x>", { "content-length": String(HUGE_BYTES) });
    default:
      if (result.error) throw result.error;
      return result.output;
  }
}

/** A head that promises a body, and the end of the connection. */
const cut = (): RawReply =>
  new RawReply({ status: 200, headers: { "content-length": "1000", connection: "close" }, body: "" });
