import type { WebhookCredentials } from "../../core/credentials/webhook.ts";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Provider, SendEach, Target } from "../../core/dispatch/provider.ts";
import type { WebhookFormat } from "../../core/recipient/address.ts";
import type { OpenSocket } from "../transport/reply.ts";
import { webhookOutcome } from "./outcome.ts";
import { webhookBody } from "./payload.ts";
import { aboutBot, webhookRequest } from "./request.ts";
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

  /** Of all that is entered, the bot alone is somebody's who can be asked. */
  const trial = (bot: string) => async (deadlineMs: number) =>
    webhookOutcome("telegram", await hosts.send(aboutBot(bot), deadlineMs), now());

  const { telegramBotToken } = credentials;
  return {
    name: "webhook",
    concurrency: CONCURRENCY,
    close: hosts.close,
    ...(telegramBotToken !== undefined && { trial: trial(telegramBotToken) }),
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
