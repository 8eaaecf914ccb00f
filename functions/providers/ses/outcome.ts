import { type Outcome, unknown } from "../../core/dispatch/outcome.ts";
import { reasonCode } from "../transport/reply.ts";
import type { SesCode } from "./codes.ts";

/** The sending rate is counted by the second. */
const RATE_MS = 1_000;
/** The quota is of the last 24 hours, so that some of it comes free all the time. */
const QUOTA_MS = 3_600_000;

/** Why a request has no good answer, as the SDK tells it. */
export type SesFailure = {
  /** The error's name: SES's own, the SDK's, or Node's. */
  name: string;
  message: string;
  /** Absent: SES did not answer. */
  status?: number;
  /** Of Node, where the network failed: `ECONNRESET`. */
  code?: string;
  /** `connect`, `getaddrinfo`: the request had not left yet. */
  syscall?: string;
};

type Verdict = Pick<Outcome, "kind" | "retryAfterMs">;

const MISCONFIGURED: Verdict = { kind: "misconfigured" };
const REJECTED: Verdict = { kind: "rejected" };
const LATER: Verdict = { kind: "retry" };
const THROTTLED: Verdict = { kind: "throttled", retryAfterMs: RATE_MS };

type OwnCode =
  | "identity_not_verified"
  | "sending_suspended"
  | "daily_quota_exceeded"
  | "unreadable_answer"
  | "invalid_address"
  | "attachment_unavailable"
  | "nothing_to_send"
  | "payload_too_large"
  | "CredentialsProviderError";
type SesName = Exclude<SesCode, OwnCode>;

/** https://docs.aws.amazon.com/ses/latest/APIReference/API_SendRawEmail.html and CommonErrors.html */
export const SES_VERDICTS: Record<SesName, Verdict> = {
  MessageRejected: REJECTED,
  MailFromDomainNotVerifiedException: MISCONFIGURED,
  FromEmailAddressNotVerifiedException: MISCONFIGURED,
  ConfigurationSetDoesNotExistException: MISCONFIGURED,
  ConfigurationSetDoesNotExist: MISCONFIGURED,
  ConfigurationSetSendingPausedException: MISCONFIGURED,
  AccountSendingPausedException: MISCONFIGURED,
  ProductionAccessNotGrantedException: MISCONFIGURED,
  AccessDenied: MISCONFIGURED,
  AccessDeniedException: MISCONFIGURED,
  NotAuthorized: MISCONFIGURED,
  InvalidClientTokenId: MISCONFIGURED,
  UnrecognizedClientException: MISCONFIGURED,
  SignatureDoesNotMatch: MISCONFIGURED,
  IncompleteSignature: MISCONFIGURED,
  MissingAuthenticationToken: MISCONFIGURED,
  OptInRequired: MISCONFIGURED,
  InvalidAction: MISCONFIGURED,
  // The SDK gets new credentials, or a new time, for the next try.
  ExpiredToken: LATER,
  ExpiredTokenException: LATER,
  RequestExpired: LATER,
  Throttling: THROTTLED,
  ThrottlingException: THROTTLED,
  TooManyRequestsException: THROTTLED,
  LimitExceededException: THROTTLED,
  InvalidParameterValue: REJECTED,
  InvalidParameterCombination: REJECTED,
  MissingParameter: REJECTED,
  MalformedQueryString: REJECTED,
  ValidationError: REJECTED,
  InternalFailure: LATER,
  InternalServerError: LATER,
  ServiceUnavailable: LATER,
  RequestTimeout: LATER,
};

/** Where one name stands for several things, SES's text tells them apart. */
const BY_TEXT: readonly { names: readonly string[]; text: RegExp; reason: OwnCode; verdict: Verdict }[] = [
  {
    names: ["MessageRejected"],
    text: /not verified/i,
    reason: "identity_not_verified",
    verdict: MISCONFIGURED,
  },
  { names: ["MessageRejected"], text: /suspended/i, reason: "sending_suspended", verdict: MISCONFIGURED },
  {
    names: ["Throttling", "ThrottlingException", "LimitExceededException"],
    text: /quota exceeded/i,
    reason: "daily_quota_exceeded",
    verdict: { kind: "throttled", retryAfterMs: QUOTA_MS },
  },
];

/** Errors of Node that come before anything has left. */
const NEVER_LEFT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTPUBLIC",
]);

const isSesName = (name: string): name is SesName => Object.hasOwn(SES_VERDICTS, name);

function byStatus(status: number): Verdict {
  if (status === 429) return THROTTLED;
  if (status >= 500) return LATER;
  return status === 401 || status === 403 || status === 404 ? MISCONFIGURED : REJECTED;
}

/** What SES refused, as an outcome. */
function refused({ name, message }: SesFailure, status: number): Outcome {
  const special = BY_TEXT.find(({ names, text }) => names.includes(name) && text.test(message));
  if (special) return { ...special.verdict, status, reason: special.reason };
  // A proxy's or an overloaded server's 5xx may carry any name.
  const verdict = isSesName(name) && status < 500 ? SES_VERDICTS[name] : byStatus(status);
  return { ...verdict, status, reason: isSesName(name) ? name : nameOf(name, status) };
}

/** The SDK's own names for an answer that it cannot read say nothing to people. */
const nameOf = (name: string, status: number): string =>
  (/^(Unknown|Error|\w*SyntaxError|TimeoutError)$/.test(name) ? undefined : reasonCode(name)) ??
  `status_${status}`;

/**
 * What became of a request without a good answer.
 * @returns undefined for what is neither SES's nor the network's doing: a bug
 */
export function sesOutcome(failure: SesFailure): Outcome | undefined {
  const { name, status, code, syscall } = failure;
  if (status !== undefined) return status >= 300 ? refused(failure, status) : unknown("unreadable_answer");
  if (name === "CredentialsProviderError") return { kind: "retry", reason: name };
  if (code !== undefined) {
    const neverLeft = NEVER_LEFT.has(code) || syscall === "connect" || syscall === "getaddrinfo";
    return neverLeft ? { kind: "retry", reason: code } : unknown(`lost_${code}`);
  }
  return name === "TimeoutError" || name === "AbortError" ? unknown("lost_timeout") : undefined;
}
