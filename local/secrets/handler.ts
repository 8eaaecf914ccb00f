import { AwsError } from "../door/aws-error.ts";
import { jsonProtocol } from "../door/json-protocol.ts";
import { principalName } from "../door/principal.ts";
import type { ServiceHandler } from "../door/service.ts";
import type { Place } from "../iam/demand.ts";
import { secretsDemands } from "../iam/secrets-demands.ts";
import type { Meter } from "../meter/meter.ts";
import type { Secrets } from "./secrets.ts";

type Action = (input: never) => unknown;

function actionNamed(secrets: Secrets, operation: string): Action {
  const actions: Record<string, Action> = {
    GetSecretValue: secrets.getSecretValue,
    CreateSecret: secrets.createSecret,
    PutSecretValue: secrets.putSecretValue,
    UpdateSecret: secrets.updateSecret,
    DeleteSecret: secrets.deleteSecret,
    RestoreSecret: secrets.restoreSecret,
    DescribeSecret: secrets.describeSecret,
    ListSecrets: secrets.listSecrets,
  };
  const action = actions[operation];
  if (action) return action;
  throw new AwsError(
    "UnknownOperationException",
    `secretsmanager:${operation} is not served by the local secrets.`,
  );
}

export function secretsHandler(options: { secrets: Secrets; place: Place; meter: Meter }): ServiceHandler {
  const { secrets, place, meter } = options;
  return {
    protocol: jsonProtocol({
      version: "1.1",
      target: "secretsmanager",
      namespace: "com.amazonaws.secretsmanager",
    }),
    deniedCode: "AccessDeniedException",
    demands(operation, input) {
      actionNamed(secrets, operation);
      return secretsDemands(place, secrets.arnOf, operation, input);
    },
    async run({ operation, input, principal }) {
      meter.add("secretsmanager.call", 1, { principal: principalName(principal) });
      return actionNamed(secrets, operation)(input as never);
    },
  };
}
