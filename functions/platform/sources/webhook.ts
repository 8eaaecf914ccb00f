import { webhookProvider } from "../../providers/webhook/webhook.ts";
import { now } from "../clients.ts";
import type { ProviderSource } from "../dispatching.ts";
import { ownEgress } from "../egress.ts";
import { chosen, sourceOf } from "./source.ts";

/** Servers of people and robots of chat tools. */
export function webhookSource(): ProviderSource {
  const open = ownEgress();
  return chosen({
    webhook: sourceOf("webhook", (app, credentials) => webhookProvider({ app, credentials, open, now })),
  });
}
