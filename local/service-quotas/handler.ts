import { AwsError } from "../door/aws-error.ts";
import { jsonProtocol } from "../door/json-protocol.ts";
import type { ServiceHandler } from "../door/service.ts";
import { type Input, textOf } from "../iam/demand.ts";
import type { Sns } from "../sns/sns.ts";

const OPERATION = "ListServiceQuotas";

/** Service Quotas, as far as it tells how fast text messages may be sent. */
export function serviceQuotasHandler({ sns }: { sns: Pick<Sns, "messagesPerS"> }): ServiceHandler {
  return {
    protocol: jsonProtocol({
      version: "1.1",
      target: "ServiceQuotasV20190624",
      namespace: "com.amazonaws.servicequotas",
    }),
    deniedCode: "AccessDeniedException",
    demands(operation) {
      if (operation !== OPERATION)
        throw new AwsError("UnknownOperationException", `servicequotas:${operation} is not served locally.`);
      return [{ action: `servicequotas:${operation}`, resource: "*" }];
    },
    run: async ({ input }) => quotasOf(sns, input),
  };
}

/** Two pages, as a longer list has them. */
function quotasOf({ messagesPerS }: Pick<Sns, "messagesPerS">, input: Input): object {
  const service = textOf(input, "ServiceCode");
  if (service !== "sns") throw new AwsError("NoSuchResourceException", `There are no quotas of ${service}.`);
  const quota = (kind: string, Value: number) => ({
    ServiceCode: service,
    QuotaName: `${kind} SMS Message Delivery Rate per Second`,
    Value,
    Adjustable: true,
  });
  return textOf(input, "NextToken") === ""
    ? { Quotas: [quota("Transactional", messagesPerS.transactional)], NextToken: "2" }
    : { Quotas: [quota("Promotional", messagesPerS.promotional)] };
}
