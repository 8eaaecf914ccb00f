import { AwsError } from "../door/aws-error.ts";
import { principalName } from "../door/principal.ts";
import { queryProtocol } from "../door/query-protocol.ts";
import type { ServiceHandler } from "../door/service.ts";
import type { Place } from "../iam/demand.ts";
import { sesDemands } from "../iam/ses-demands.ts";
import type { Meter } from "../meter/meter.ts";
import type { Ses } from "./ses.ts";

const OPERATIONS = new Set(["SendRawEmail", "GetSendQuota"]);

/** SES, as far as mail is sent through its first API. */
export function sesHandler({ ses, place, meter }: { ses: Ses; place: Place; meter: Meter }): ServiceHandler {
  return {
    protocol: queryProtocol({ namespace: "http://ses.amazonaws.com/doc/2010-12-01/" }),
    deniedCode: "AccessDenied",
    demands(operation, input) {
      if (!OPERATIONS.has(operation))
        throw new AwsError("InvalidAction", `ses:${operation} is not served by the local SES.`);
      return sesDemands(place, ses.senderOf, operation, input);
    },
    async run(call) {
      if (call.operation === "GetSendQuota") return ses.getSendQuota();
      const by = { principal: principalName(call.principal) };
      return ses.sendRawEmail(call, (mails) => meter.add("ses.mail", mails, by));
    },
  };
}
