import { paginateListServiceQuotas, ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { accountLook } from "../transport/account-look.ts";

/** Messages a second that the account may send by SNS, of each kind, as far as its quotas tell. */
export type AccountRate = { transactional?: number; promotional?: number };

/** The quotas have codes as well, which AWS publishes nowhere: they are known by their names. */
const NAME = /^(transactional|promotional) SMS message delivery rate per second$/i;

export const quotasClient = (): ServiceQuotasClient => new ServiceQuotasClient({ maxAttempts: 1 });

/** SNS's own API does not tell them; Service Quotas does. Undefined where they cannot be read. */
export const accountRate = (
  client: ServiceQuotasClient,
  now: () => number,
): (() => Promise<AccountRate | undefined>) =>
  accountLook(async (abortSignal) => {
    const rate: AccountRate = {};
    const pages = paginateListServiceQuotas({ client }, { ServiceCode: "sns" }, { abortSignal });
    for await (const { Quotas = [] } of pages)
      for (const { QuotaName = "", Value = 0 } of Quotas) {
        const kind = NAME.exec(QuotaName)?.[1]?.toLowerCase() as keyof AccountRate | undefined;
        if (kind !== undefined && Value > 0) rate[kind] = Value;
      }
    return rate;
  }, now);
