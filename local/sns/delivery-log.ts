import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import { mayInvoke } from "../gateway/permission.ts";
import type { Pool } from "../lambda/pool.ts";
import type { Deployment } from "../template/model.ts";
import type { Fate } from "./deliveries.ts";
import type { Taken } from "./sns.ts";

export type LogParts = {
  deployment: Pick<Deployment, "logSubscriptions" | "permissions" | "region" | "account">;
  pool: Pick<Pool, "invoke">;
  clock: VirtualClock;
  onTrouble(text: string): void;
};

/** SNS's own words. */
const RESPONSES: Record<Fate, string> = {
  delivered: "Message has been accepted by phone",
  handedOn: "Message has been accepted by phone carrier",
  invalidNumber: "Invalid phone number",
  optedOut: "Phone number is opted out",
  unreachable: "Phone is currently unreachable/unavailable",
};

/** Asynchronous invocations are tried twice more, one and then two minutes later. */
const RETRY_DELAYS_MS = [60_000, 120_000];

/** https://docs.aws.amazon.com/sns/latest/dg/sms_stats_cloudwatch.html */
function lineOf({ id, to, type }: Taken, fate: Fate, atMs: number): { failed: boolean; line: object } {
  const failed = fate !== "delivered" && fate !== "handedOn";
  const timestamp = new Date(atMs).toISOString().replace("T", " ").replace("Z", "");
  const delivery = {
    phoneCarrier: "Local Carrier",
    mnc: 270,
    destination: to,
    priceInUSD: 0.00645,
    smsType: type,
    mcc: 310,
    providerResponse: RESPONSES[fate],
    dwellTimeMs: 599,
    dwellTimeMsUntilDeviceAck: 1_344,
  };
  const status = failed ? "FAILURE" : "SUCCESS";
  return { failed, line: { notification: { messageId: id, timestamp }, delivery, status } };
}

/** One line of SNS's log, in the batch that CloudWatch Logs hands to the functions that are subscribed to its group. */
export async function writeDeliveryLog(parts: LogParts, taken: Taken, fate: Fate, atMs: number) {
  const { failed, line } = lineOf(taken, fate, atMs);
  const { region, account, logSubscriptions, permissions } = parts.deployment;
  const group = `sns/${region}/${account}/DirectPublishToPhoneNumber${failed ? "/Failure" : ""}`;
  const event = batchOf(account, group, { id: randomUUID(), timestamp: atMs, message: JSON.stringify(line) });
  const sourceArn = `arn:aws:logs:${region}:${account}:log-group:${group}:*`;
  for (const { functionArn } of logSubscriptions.filter(({ logGroupName }) => logGroupName === group)) {
    if (mayInvoke(permissions, functionArn, { principal: "logs.amazonaws.com", sourceArn }))
      await invoke(parts, functionArn, event, 0);
    else parts.onTrouble(`no AWS::Lambda::Permission lets log group ${group} invoke ${functionArn}`);
  }
}

function batchOf(owner: string, logGroup: string, logEvent: object): object {
  const batch = {
    messageType: "DATA_MESSAGE",
    owner,
    logGroup,
    logStream: randomUUID(),
    subscriptionFilters: ["local"],
    logEvents: [logEvent],
  };
  return { awslogs: { data: gzipSync(JSON.stringify(batch)).toString("base64") } };
}

async function invoke(parts: LogParts, functionArn: string, event: object, attempt: number): Promise<void> {
  const { clock, pool, onTrouble } = parts;
  const invocation = await pool.invoke(functionArn, event);
  if (invocation.ok) return;
  onTrouble(`delivery log: ${invocation.error.errorType}: ${invocation.error.errorMessage}`);
  const delayMs = RETRY_DELAYS_MS[attempt];
  if (delayMs !== undefined)
    clock.setTimer(clock.now() + delayMs, () => invoke(parts, functionArn, event, attempt + 1));
}
