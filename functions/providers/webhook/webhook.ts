import type { WebhookCredentials } from "../../core/credentials/webhook.ts";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Provider, SendEach, Target } from "../../core/dispatch/provider.ts";
import type { WebhookFormat } from "../../core/recipient/address.ts";
import type { OpenSocket } from "../transport/reply.ts";
import { webhookOutcome } from "./outcome.ts";
import { webhookBody } from "./payload.ts";
import { webhookRequest } from "./request.ts";
import { webhookHosts } from "./transport.ts";

const CONCURRENCY = 100;

export type WebhookOptions = {
  app: string;
  credentials: WebhookCredentials;
  open: OpenSocket;
  now(): number;
};

/** Webhooks: servers that speak Standard Webhooks, and robots of chat tools. One request for each target. */
export function webhookProvider(options: WebhookOptions): Provider<SendEach> & { close(): void } {
  const { credentials, open, now } = options;
  const hosts = webhookHosts(open);

  async function deliver(
    body: ReturnType<typeof webhookBody>,
    target: Target,
    deadlineMs: number,
  ): Promise<Outcome> {
    if (typeof body === "string") return { kind: "rejected", reason: body };
    const request = webhookRequest(credentials, body, target, now());
    if ("kind" in request) return request;
    const reply = await hosts.send(request, deadlineMs);
    return webhookOutcome(target.format ?? "standard", reply, now());
  }

  return {
    name: "webhook",
    concurrency: CONCURRENCY,
    close: hosts.close,
    async prepare(message): Promise<SendEach> {
      const bodies = new Map<WebhookFormat, ReturnType<typeof webhookBody>>();
      return (target, { deadlineMs }) => {
        const { format = "standard" } = target;
        const body = bodies.get(format) ?? webhookBody(format, message);
        bodies.set(format, body);
        return deliver(body, target, deadlineMs);
      };
    },
  };
}
