import type { SESClient, SendRawEmailCommand } from "@aws-sdk/client-ses";
import { accepted, type Outcome, unknown } from "../../core/dispatch/outcome.ts";
import type { SendCall } from "../../core/dispatch/provider.ts";
import { type SesFailure, sesOutcome } from "./outcome.ts";

export type MailClient = Pick<SESClient, "send">;

const TOO_LATE: Outcome = { kind: "retry", reason: "deadline_exceeded" };

/** Asks SES once, and gives up at the deadline. @throws what is a bug of ours */
export async function sendMail(
  client: MailClient,
  command: SendRawEmailCommand,
  { deadlineMs }: SendCall,
): Promise<Outcome> {
  const leftMs = deadlineMs - Date.now();
  if (leftMs <= 0) return TOO_LATE;
  const late = AbortSignal.timeout(leftMs);
  try {
    const { MessageId } = await client.send(command, { abortSignal: late });
    return MessageId === undefined
      ? unknown("unreadable_answer")
      : accepted({ status: 200, providerId: MessageId });
  } catch (error) {
    const outcome = sesOutcome(failureOf(error));
    // What SES said in time counts, even where reading it has taken too long.
    if (late.aborted && (outcome === undefined || outcome.kind === "unknown"))
      return unknown("deadline_exceeded");
    if (outcome === undefined) throw error;
    return outcome;
  }
}

/** What the SDK threw, reduced to what outcomes depend on. */
function failureOf(error: unknown): SesFailure {
  const { name, message, code, syscall, $metadata } = error as NodeJS.ErrnoException & {
    $metadata?: { httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode;
  return {
    name,
    message,
    ...(status !== undefined && { status }),
    ...(code !== undefined && { code }),
    ...(syscall !== undefined && { syscall }),
  };
}
