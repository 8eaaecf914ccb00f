import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SESClient } from "@aws-sdk/client-ses";
import { SNSClient } from "@aws-sdk/client-sns";
import { SnsCredentials } from "../functions/core/credentials/sns.ts";
import type { Message, Provider, SendEach, Target } from "../functions/core/dispatch/provider.ts";
import { egress } from "../functions/platform/egress.ts";
import { sendQuota } from "../functions/providers/ses/quota.ts";
import { sesProvider } from "../functions/providers/ses/ses.ts";
import { snsProvider } from "../functions/providers/sns/sns.ts";
import { snsTransport } from "../functions/providers/sns/transport.ts";
import { webhookProvider } from "../functions/providers/webhook/webhook.ts";
import { startFakes } from "../local/fakes/fakes.ts";
import { type Loopback, startLoopback } from "./loopback.ts";
import { socketSender } from "./sockets.ts";

const TARGETS = 2_000;
const WARM = 100;
const DEADLINE_MS = 30_000;
const HOOK = "https://hooks.receiver.example/bench";

type Closable = Provider<SendEach> & { close(): void };
type TargetOf = (n: number) => Pick<Target, "kind" | "token"> & Partial<Target>;

/** Targets a second of the senders that write to addresses and sockets, each request its own; against servers that only say yes. */
export async function addressFigures(): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), "clarion-bench-"));
  const [fakes, aws] = await Promise.all([startFakes({ folder }), startYes()]);
  try {
    const open = egress({ overrides: fakes.egress, ca: readFileSync(fakes.caFile, "utf8") });
    const sdk = {
      endpoint: aws.url,
      region: "us-east-1",
      credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
      maxAttempts: 1,
    };
    const client = new SESClient(sdk);
    const common = { app: "bench", open, now: Date.now };
    const ses = sesProvider({
      ...common,
      credentials: { from: "shop@example.com" },
      client,
      quota: sendQuota(client, Date.now),
      unsubscribeUrl: () => undefined,
    });
    const credentials = SnsCredentials.parse({ countries: ["+49"] });
    const spend = { take: async () => ({ ok: true as const }) };
    const transport = snsTransport(new SNSClient(sdk), Date.now);
    const sns = snsProvider({ app: "bench", credentials, transport, spend, now: Date.now });
    const secret = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
    const sockets = await socketSender();
    const webhook = webhookProvider({ ...common, credentials: { secret } });
    return {
      ...(await measure(ses, (n) => ({ kind: "email", token: `user${n}@example.org` }), aws.requests)),
      ...(await measure(
        sns,
        (n) => ({ kind: "phone", token: `+4915${String(n).padStart(9, "0")}` }),
        aws.requests,
      )),
      ...(await measure(
        webhook,
        () => ({ kind: "webhook", token: HOOK, format: "standard" }),
        () => fakes.webhook.received.length,
      )),
      ...(await measure(sockets, (n) => ({ kind: "socket", token: "", user: `u${n}` }), sockets.requests)),
    };
  } finally {
    aws.close();
    await fakes.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param requests how many have come to the other end so far
 * @throws Error when a target was not accepted
 */
async function measure(
  provider: Closable,
  targetOf: TargetOf,
  requests: () => number,
): Promise<Record<string, number>> {
  const send = await provider.prepare(message());
  const sendUpTo = async (first: number, last: number) => {
    let next = first;
    const worker = async () => {
      while (next < last) await sendOne(send, { ...target(), ...targetOf(next++) });
    };
    await Promise.all(Array.from({ length: provider.concurrency }, worker));
  };
  await sendUpTo(0, WARM);
  const [startMs, before] = [performance.now(), requests()];
  await sendUpTo(WARM, WARM + TARGETS);
  const seconds = (performance.now() - startMs) / 1_000;
  provider.close();
  return {
    [`${provider.name}_targets_per_s`]: Math.round(TARGETS / seconds),
    [`${provider.name}_requests_per_1000`]: Number((((requests() - before) * 1_000) / TARGETS).toFixed(1)),
  };
}

async function sendOne(send: SendEach, to: Target): Promise<void> {
  const outcome = await send(to, { deadlineMs: Date.now() + DEADLINE_MS });
  if (outcome.kind !== "accepted") throw new Error(`a target was not accepted: ${JSON.stringify(outcome)}`);
}

const target = () => ({ user: "u", device: "~", messageId: randomUUID() });

/** Says yes as SES and SNS do, and looks at nothing. */
function startYes(): Promise<Loopback> {
  const body = (action: string) =>
    `<${action}Response><${action}Result><MessageId>1</MessageId></${action}Result></${action}Response>`;
  return startLoopback((request, response) => {
    let isMail = false;
    request.on("data", (chunk: Buffer) => {
      isMail ||= chunk.includes("Action=SendRawEmail");
    });
    request.on("end", () => {
      response.writeHead(200, { "content-type": "text/xml" }).end(body(isMail ? "SendRawEmail" : "Publish"));
    });
  });
}

const message = (): Message => ({
  app: "bench",
  notificationId: "bench",
  content: { title: "Your order has shipped", body: "It arrives tomorrow", url: "https://shop.example/1701" },
  category: "transactional",
  priority: "normal",
  createdAtMs: Date.now(),
  expiresAtMs: Date.now() + 3_600_000,
  ttlS: 3_600,
});
