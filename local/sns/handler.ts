import { AwsError } from "../door/aws-error.ts";
import { principalName } from "../door/principal.ts";
import { queryProtocol } from "../door/query-protocol.ts";
import type { ServiceCall, ServiceHandler } from "../door/service.ts";
import { snsDemands } from "../iam/sns-demands.ts";
import type { Meter } from "../meter/meter.ts";
import type { Sns } from "./sns.ts";

type Action = (call: ServiceCall) => unknown;
type Parts = { sns: Sns; meter: Meter };

function actionNamed({ sns, meter }: Parts, operation: string): Action {
  const actions: Record<string, Action> = {
    Publish(call) {
      const by = { principal: principalName(call.principal) };
      return sns.publish(call, (parts) => meter.add("sns.sms", parts, by));
    },
    CheckIfPhoneNumberIsOptedOut: ({ input }) => sns.isOptedOut(input),
    OptInPhoneNumber: ({ input }) => sns.optIn(input),
    GetSMSAttributes: ({ input }) => sns.getSmsAttributes(input),
  };
  const action = Object.hasOwn(actions, operation) ? actions[operation] : undefined;
  if (action) return action;
  throw new AwsError("InvalidAction", `sns:${operation} is not served by the local SNS.`);
}

/** SNS, as far as it sends text messages. */
export function snsHandler(parts: Parts): ServiceHandler {
  return {
    protocol: queryProtocol({ namespace: "http://sns.amazonaws.com/doc/2010-03-31/" }),
    deniedCode: "AuthorizationError",
    demands(operation, input) {
      actionNamed(parts, operation);
      return snsDemands(operation, input);
    },
    run: async (call) => actionNamed(parts, call.operation)(call),
  };
}
