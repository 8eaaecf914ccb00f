/** The caller's faults: one code -> HTTP status, title and a heading in docs/errors.md. */
export const ERRORS = {
  invalid_request: { status: 400, title: "The request does not fit the schema" },
  invalid_json: { status: 400, title: "The body is not JSON" },
  json_too_deep: { status: 400, title: "The body is nested deeper than 20 levels" },
  body_too_large: { status: 413, title: "The body is too large" },
  payload_too_large: { status: 413, title: "The content does not fit into a provider's limit" },
  time_in_past: { status: 400, title: "The time lies in the past" },
  time_too_far: { status: 400, title: "The time lies too far ahead" },
  unknown_category: { status: 400, title: "The app has no such category" },
  endpoint_refused: {
    status: 400,
    title: "The subscription's endpoint is not a push service that may be called",
  },
  unauthorized: { status: 401, title: "No valid credentials" },
  signature_invalid: { status: 401, title: "The request's signature does not hold" },
  forbidden: { status: 403, title: "The key has not the scope for this" },
  not_found: { status: 404, title: "There is no such thing in this app" },
  method_not_allowed: { status: 405, title: "The resource has no such method" },
  conflict: { status: 409, title: "The state does not allow this" },
  limit_reached: { status: 409, title: "A limit on the number of things is reached" },
  idempotency_mismatch: { status: 422, title: "The id was used before with another body" },
  provider_refused: { status: 422, title: "The provider refuses this" },
  rate_limited: { status: 429, title: "Too many requests" },
  overloaded: { status: 503, title: "The platform refuses this priority for now" },
  provider_unavailable: { status: 503, title: "The provider does not answer, or not now" },
  unavailable: { status: 503, title: "A part of the platform is throttled; nothing was accepted" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** A wrong field: JSON pointer and what is wrong with it. */
export type FieldError = { pointer: string; detail: string };

export type AppErrorExtra = {
  errors?: FieldError[];
  retryAfterS?: number;
  headers?: Record<string, string>;
};

/** Thrown by verbs for the caller's faults; one middleware writes it as application/problem+json. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly extra: AppErrorExtra;

  constructor(code: ErrorCode, detail: string, extra: AppErrorExtra = {}) {
    super(detail);
    this.code = code;
    this.extra = extra;
  }
}
