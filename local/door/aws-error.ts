/** An answer that AWS would give: `code` is what `err.name` becomes in the SDK. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Members beside `message` in the error's body, e.g. `CancellationReasons`. */
  readonly details: Record<string, unknown>;

  constructor(code: string, message: string, status = 400, details: Record<string, unknown> = {}) {
    super(message);
    this.name = "AwsError";
    this.code = code;
    this.status = status;
    this.details = details;
  }
}
