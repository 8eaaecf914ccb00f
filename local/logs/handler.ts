import { AwsError } from "../door/aws-error.ts";
import { jsonProtocol } from "../door/json-protocol.ts";
import type { ServiceHandler } from "../door/service.ts";
import { type Place, textOf } from "../iam/demand.ts";

const OPERATIONS = new Set(["CreateLogStream", "PutLogEvents"]);

/**
 * CloudWatch Logs, as far as a function's role needs it: the Lambda service writes a function's lines in the name of
 * the role, so a role without the right has no log. Lines themselves go to the runtime's sink.
 */
export function logsHandler(place: Place): ServiceHandler {
  return {
    protocol: jsonProtocol({ version: "1.1", target: "Logs_20140328", namespace: "com.amazonaws.logs" }),
    deniedCode: "AccessDeniedException",
    demands(operation, input) {
      if (!OPERATIONS.has(operation)) {
        throw new AwsError(
          "UnknownOperationException",
          `logs:${operation} is not served by the local log sink.`,
        );
      }
      const stream = `log-group:${textOf(input, "logGroupName")}:log-stream:${textOf(input, "logStreamName")}`;
      return [
        { action: `logs:${operation}`, resource: `arn:aws:logs:${place.region}:${place.account}:${stream}` },
      ];
    },
    run: async () => ({}),
  };
}
