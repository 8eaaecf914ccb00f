import { SigningHash } from "./signing-hash.ts";

/**
 * For every client of AWS whose calls are ours to repeat. A call that nobody answers (a connection that an environment
 * woke up with, say) is given up and made again: without limits it would end with the invocation, and a whole batch
 * with it.
 */
export const AWS_CALLS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  sha256: SigningHash,
} as const;

/**
 * A client without its logger's step: nobody listens to it, and the SDK copies each input and output for it all the same,
 * by their schemas, which takes a twentieth of a call's CPU.
 */
export function withoutLogger<T extends { middlewareStack: { remove(name: string): boolean } }>(
  client: T,
): T {
  client.middlewareStack.remove("loggerMiddleware");
  return client;
}
