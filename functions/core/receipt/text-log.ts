import * as z from "zod/mini";
import { E164 } from "../recipient/e164.ts";
import { OPTED_OUT, type TextWord } from "./text-report.ts";

/** On `ingest`: what SNS's delivery log says of a message, which it names by SNS's id alone. */
export type TextLogMessage = { v: 2; kind: "text"; message: string; word: TextWord };

/** https://docs.aws.amazon.com/sns/latest/dg/sms_stats_cloudwatch.html */
const Line = z.object({
  notification: z.object({ messageId: z.string().check(z.regex(/^[0-9A-Za-z-]{1,100}$/)) }),
  delivery: z.object({
    destination: z.string().check(z.maxLength(64)),
    providerResponse: z.string().check(z.maxLength(1_024)),
  }),
  status: z.enum(["SUCCESS", "FAILURE"]),
});
type Line = z.infer<typeof Line>;

/** What a line of the log says; undefined where it is not in SNS's form. */
export function textLogMessage(line: unknown): TextLogMessage | undefined {
  const parsed = z.safeParse(Line, line);
  if (!parsed.success) return undefined;
  return { v: 2, kind: "text", message: parsed.data.notification.messageId, word: wordOf(parsed.data) };
}

/** SNS's own words: "… accepted by phone carrier" is a success, and no word about the phone. */
function wordOf({ status, delivery: { destination, providerResponse } }: Line): TextWord {
  if (status === "SUCCESS")
    return { says: /accepted by phone\.?$/i.test(providerResponse) ? "delivered" : "handedOn" };
  const reason = deadReason(providerResponse);
  // A number that the log has masked cannot be compared with the profile's.
  if (reason !== undefined && E164.test(destination)) return { says: "dead", number: destination, reason };
  return { says: SUPPRESSED.test(providerResponse) ? "suppressed" : "failed" };
}

const SUPPRESSED = /\b(blocked|spam|exceed(s|ed)?)\b/i;

function deadReason(response: string) {
  if (OPTED_OUT.test(response)) return "opted_out";
  return /\binvalid phone number\b/i.test(response) ? "invalid_number" : undefined;
}
