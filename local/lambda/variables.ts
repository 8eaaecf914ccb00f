/** The environment variables of an execution environment: the function's own, and those that Lambda adds. */

import type { LocalFunction } from "../template/model.ts";

export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

export type VariablesOptions = {
  region: string;
  endpointUrl: string;
  credentials: Credentials;
  extra: Record<string, string>;
};

export function environmentVariables(
  fn: LocalFunction,
  id: string,
  options: VariablesOptions,
): Record<string, string> {
  const { credentials } = options;
  return {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: "/tmp",
    LANG: "en_US.UTF-8",
    TZ: "UTC",
    LAMBDA_TASK_ROOT: fn.codeFolder,
    ...fn.environment,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken !== undefined && { AWS_SESSION_TOKEN: credentials.sessionToken }),
    AWS_DEFAULT_REGION: options.region,
    AWS_REGION: options.region,
    AWS_ENDPOINT_URL: options.endpointUrl,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: fn.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: id,
    ...options.extra,
  };
}
