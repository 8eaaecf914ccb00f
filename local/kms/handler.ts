import { AwsError } from "../door/aws-error.ts";
import { jsonProtocol } from "../door/json-protocol.ts";
import { principalName } from "../door/principal.ts";
import type { ServiceHandler } from "../door/service.ts";
import type { Place } from "../iam/demand.ts";
import { kmsDemands } from "../iam/kms-demands.ts";
import type { Meter } from "../meter/meter.ts";
import type { Kms } from "./kms.ts";

type Action = (input: never) => unknown;

function actionNamed(kms: Kms, operation: string): Action {
  const actions: Record<string, Action> = {
    CreateKey: kms.createKey,
    TagResource: kms.tagResource,
    ListKeys: kms.listKeys,
    EnableKeyRotation: kms.enableKeyRotation,
    GetKeyRotationStatus: kms.getKeyRotationStatus,
    GenerateDataKey: kms.generateDataKey,
    Decrypt: kms.decrypt,
  };
  const action = actions[operation];
  if (action) return action;
  throw new AwsError("UnknownOperationException", `kms:${operation} is not served by the local KMS.`);
}

export function kmsHandler({ kms, place, meter }: { kms: Kms; place: Place; meter: Meter }): ServiceHandler {
  return {
    protocol: jsonProtocol({ version: "1.1", target: "TrentService", namespace: "com.amazonaws.kms" }),
    deniedCode: "AccessDeniedException",
    demands(operation, input) {
      actionNamed(kms, operation);
      return kmsDemands(place, kms.keyFor, operation, input);
    },
    async run({ operation, input, principal }) {
      meter.add("kms.request", 1, { principal: principalName(principal) });
      return actionNamed(kms, operation)(input as never);
    },
  };
}
