import { SESClient } from "@aws-sdk/client-ses";
import type { Message } from "../../core/dispatch/provider.ts";
import { sendQuota } from "../../providers/ses/quota.ts";
import { sesProvider } from "../../providers/ses/ses.ts";
import { sentOnce } from "../../providers/transport/sdk-calls.ts";
import { now } from "../clients.ts";
import type { ProviderSource } from "../dispatching.ts";
import { ownEgress } from "../egress.ts";
import { unsubscribeUrls } from "../unsubscribing.ts";
import { chosen, sourceOf } from "./source.ts";

/** SES. The client never repeats: the ledger owns the retries. */
export function emailSource(): ProviderSource {
  const open = ownEgress();
  const client = sentOnce((options) => new SESClient(options));
  const quota = sendQuota(client, now);
  return chosen({
    ses: sourceOf("ses", async (_app, credentials) => {
      let urlOf = await unsubscribeUrls();
      const provider = sesProvider({
        credentials,
        client,
        quota,
        open,
        unsubscribeUrl: (who) => urlOf(who),
        now,
      });
      return {
        ...provider,
        async prepare(message: Message) {
          // Asked for each job: the key that signs links may be rotated while the provider lives.
          urlOf = await unsubscribeUrls();
          return provider.prepare(message);
        },
      };
    }),
  });
}
