import { SNSClient } from "@aws-sdk/client-sns";
import { snsProvider } from "../../providers/sns/sns.ts";
import { spendStore } from "../../storage/spend.ts";
import { now, tableOf } from "../clients.ts";
import type { ProviderSource } from "../dispatching.ts";
import { chosen, sourceOf } from "./source.ts";

/** SNS. The client never repeats: the ledger owns the retries. */
export function smsSource(): ProviderSource {
  return chosen({
    sns: sourceOf("sns", (app, credentials) =>
      snsProvider({
        app,
        credentials,
        client: new SNSClient({ maxAttempts: 1 }),
        spend: spendStore(tableOf("guard"), app),
        now,
      }),
    ),
  });
}
