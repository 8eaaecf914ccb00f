/**
 * What the work needs cannot be had now, and nothing was begun: its message waits, however often, and a request is
 * answered with 503.
 */
export class LaterError extends Error {
  override readonly name = "LaterError";
}
