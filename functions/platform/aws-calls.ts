/**
 * For every client of AWS whose calls are ours to repeat. A call that nobody answers (a connection that an environment
 * woke up with, say) is given up and made again: without limits it would end with the invocation, and a whole batch
 * with it.
 */
export const AWS_CALLS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;
