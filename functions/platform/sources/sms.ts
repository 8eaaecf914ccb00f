import { SNSClient } from "@aws-sdk/client-sns";
import type { SnsCredentials } from "../../core/credentials/sns.ts";
import type { AccountRate } from "../../providers/sns/account-rate.ts";
import { snsProvider } from "../../providers/sns/sns.ts";
import { type SmsTransport, snsTransport } from "../../providers/sns/transport.ts";
import { spendStore } from "../../storage/spend.ts";
import { now, tableOf } from "../clients.ts";
import type { ProviderSource } from "../dispatching.ts";
import { chosen, sourceOf } from "./source.ts";

/** SNS, or AWS End User Messaging for apps that choose it. */
export function smsSource(): ProviderSource {
  return chosen({
    sns: sourceOf("sns", async (app, credentials) =>
      snsProvider({
        app,
        credentials,
        transport: await transportOf(credentials),
        ...(credentials.carrier === "sns" && { accountRate: () => snsRate() }),
        spend: spendStore(tableOf("guard"), app),
        now,
      }),
    ),
  });
}

/** The account's, for all apps: read with the first text message. */
let rate: Promise<() => Promise<AccountRate | undefined>> | undefined;

async function snsRate(): Promise<AccountRate | undefined> {
  rate ??= import("../../providers/sns/account-rate.ts").then(({ accountRate, quotasClient }) =>
    accountRate(quotasClient(), now),
  );
  return (await rate)();
}

/** The clients never repeat: the ledger owns the retries. */
async function transportOf(credentials: SnsCredentials): Promise<SmsTransport> {
  if (credentials.carrier === "sns") return snsTransport(new SNSClient({ maxAttempts: 1 }), now);
  // Most deployments never need this client: it must not weigh on every start.
  const { voiceClient, voiceTransport } = await import("../../providers/sns/end-user-messaging.ts");
  return voiceTransport(voiceClient(), credentials, now);
}
