import { SNSClient } from "@aws-sdk/client-sns";
import type { SnsCredentials } from "../../core/credentials/sns.ts";
import { ENV } from "../../names.ts";
import type { AccountRate } from "../../providers/sns/account-rate.ts";
import { rememberedTransport } from "../../providers/sns/remembered.ts";
import { snsProvider } from "../../providers/sns/sns.ts";
import { type SmsTransport, snsTransport } from "../../providers/sns/transport.ts";
import { sentOnce } from "../../providers/transport/sdk-calls.ts";
import { spendStore } from "../../storage/spend.ts";
import { textOwnerStore } from "../../storage/text-owners.ts";
import { now, tableOf } from "../clients.ts";
import type { ProviderSource } from "../dispatching.ts";
import { log } from "../log.ts";
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
        notCounted: (error) => log.error("a text message that is not counted is not sent", error, { app }),
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
  if (credentials.carrier === "sns")
    return remembering(
      snsTransport(
        sentOnce((options) => new SNSClient(options)),
        now,
      ),
    );
  // Most deployments never need this client: it must not weigh on every start.
  const { voiceClient, voiceTransport } = await import("../../providers/sns/end-user-messaging.ts");
  return voiceTransport(voiceClient(), credentials, now);
}

/** Where SNS's delivery log is read (`smsDeliveryLogs` of the operator's configuration). */
function remembering(transport: SmsTransport): SmsTransport {
  if (process.env[ENV.smsDeliveryLogs] !== "on") return transport;
  const { remember } = textOwnerStore(tableOf("guard"));
  return rememberedTransport(transport, {
    remember: (id, owner) => remember(id, owner, now()),
    forgotten: (error, { app, notification }) =>
      log.error("a text message's delivery will not be known", error, { app, notification }),
    now,
  });
}
