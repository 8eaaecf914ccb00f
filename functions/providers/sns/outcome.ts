import { accepted, type Outcome, unknown } from "../../core/dispatch/outcome.ts";
import { reasonCode } from "../transport/reply.ts";
import type { SnsCode } from "./codes.ts";
import type { SmsReply } from "./transport.ts";

/** The account's rate is so many a second: a second later there is room again. */
const AFTER_THROTTLE_MS = 1_000;

type Verdict = Pick<Outcome, "kind" | "retryAfterMs"> & { reason?: SnsCode };

const MISCONFIGURED: Verdict = { kind: "misconfigured" };
const REJECTED: Verdict = { kind: "rejected" };
const THROTTLED: Verdict = { kind: "throttled", retryAfterMs: AFTER_THROTTLE_MS };
/** A month's spending quota is raised by hand, the day's by the night. */
const USED_UP: Verdict = { kind: "throttled", retryAfterMs: 3_600_000 };
const LATER: Verdict = { kind: "retry" };
const OPTED_OUT: Verdict = { kind: "gone", reason: "opted_out" };
const INVALID_NUMBER: Verdict = { kind: "rejected", reason: "invalid_number" };

/**
 * https://docs.aws.amazon.com/sns/latest/api/API_Publish.html and CommonErrors.html, and the same of End User
 * Messaging (https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html). The SDK drops `Exception` or adds
 * it as its model has it; here it is always left out. `OptedOut` is in the service's model, but not among Publish's
 * errors: for most opted-out numbers SNS says yes and drops the message.
 */
export const SNS_VERDICTS = {
  OptedOut: OPTED_OUT,
  InvalidParameter: REJECTED,
  InvalidParameterValue: REJECTED,
  ParameterValueInvalid: REJECTED,
  Validation: REJECTED,
  ValidationError: REJECTED,
  CountryBlocked: REJECTED,
  Conflict: MISCONFIGURED,
  ResourceNotFound: MISCONFIGURED,
  ServiceQuotaExceeded: USED_UP,
  Throttled: THROTTLED,
  Throttling: THROTTLED,
  AuthorizationError: MISCONFIGURED,
  AccessDenied: MISCONFIGURED,
  InvalidSecurity: MISCONFIGURED,
  SignatureDoesNotMatch: MISCONFIGURED,
  InvalidClientTokenId: MISCONFIGURED,
  UnrecognizedClient: MISCONFIGURED,
  // The role's session ended, or the request was late: the next one goes out by a new session.
  ExpiredToken: LATER,
  RequestExpired: LATER,
  OptInRequired: MISCONFIGURED,
  InternalError: LATER,
  InternalServer: LATER,
  InternalFailure: LATER,
  ServiceUnavailable: LATER,
} as const satisfies Partial<Record<SnsCode, Verdict>>;

const isCode = (code: string): code is keyof typeof SNS_VERDICTS => Object.hasOwn(SNS_VERDICTS, code);

function verdictOf({ status, code, message }: Extract<SmsReply, { kind: "refused" }>): Verdict {
  // A 5xx is no word about the message, whatever its body says.
  if (status >= 500) return LATER;
  if (/opted[ -]?out/i.test(message)) return OPTED_OUT;
  if (/\bPhoneNumber\b/.test(message) && /^(InvalidParameter|Validation)/.test(code)) return INVALID_NUMBER;
  if (/rate exceeded/i.test(message)) return THROTTLED;
  return isCode(code) ? SNS_VERDICTS[code] : byStatus(status);
}

function byStatus(status: number): Verdict {
  if (status === 429) return THROTTLED;
  return status === 401 || status === 403 ? MISCONFIGURED : REJECTED;
}

/** What became of a text message as an outcome. */
export function smsOutcome(reply: SmsReply): Outcome {
  switch (reply.kind) {
    case "sent":
      return accepted({ status: 200, ...(reply.id !== undefined && { providerId: reply.id }) });
    case "refused": {
      const { status } = reply;
      return { reason: reasonCode(reply.code) ?? `status_${status}`, ...verdictOf(reply), status };
    }
    case "lost":
      return unknown(reply.reason);
    case "unsent":
      return { kind: reply.credentials ? "misconfigured" : "retry", reason: reply.reason };
    default:
      return reply satisfies never;
  }
}
