/** The functions of a deployment and everything that feeds them but the gateways. */

import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { Door } from "../door/door.ts";
import { principalName } from "../door/principal.ts";
import { billedMs } from "../lambda/bill.ts";
import { type RunningEventSource, startEventSource } from "../lambda/event-source.ts";
import { createPool, type Pool, type PoolOptions } from "../lambda/pool.ts";
import { type RunningRules, startRules } from "../lambda/rules.ts";
import { nextFireAfter } from "../scheduler/next-fire.ts";
import type { Deployment, EventSource, LocalFunction, Queue, Rule } from "../template/model.ts";

export type WorkerParts = {
  deployment: Deployment;
  clock: VirtualClock;
  door: Door;
  onTrouble(text: string): void;
  /** Lambda writes a line of its own for every environment and invocation. */
  onUsed?(fn: LocalFunction): void;
  /** What an invocation would have waited for a provider, for the bill. */
  roundTripMs?(functionName: string, event: unknown): number;
};

/** CloudWatch Logs adds so many bytes to every event. */
const LOG_EVENT_BYTES = 26;

export function makePool(
  parts: WorkerParts,
  options: Pick<PoolOptions, "accountConcurrency" | "freeze" | "extraEnvironment" | "sources" | "onLog">,
): Pool {
  const { deployment, clock, door } = parts;
  const onUsed: NonNullable<PoolOptions["onUsed"]> = ({ fn, cpuMs, invoked }) => {
    parts.onUsed?.(fn);
    const by = { principal: principalName({ kind: "role", roleArn: fn.roleArn }) };
    const roundTripMs = invoked === undefined ? 0 : (parts.roundTripMs?.(fn.name, invoked.event) ?? 0);
    const seconds = billedMs({ cpuMs, memoryMb: fn.memoryMb, roundTripMs }) / 1000;
    if (invoked !== undefined) door.meter.add("lambda.request", 1, by);
    door.meter.add("lambda.gbSecond", (seconds * fn.memoryMb) / 1024, by);
  };
  const roleOf = new Map(deployment.functions.map(({ name, roleArn }) => [name, roleArn]));
  const onLog: PoolOptions["onLog"] = (line) => {
    const roleArn = roleOf.get(line.functionName);
    if (roleArn !== undefined) {
      const principal = principalName({ kind: "role", roleArn });
      door.meter.add("logs.byte", Buffer.byteLength(line.line) + LOG_EVENT_BYTES, { principal });
    }
    options.onLog?.(line);
  };
  const pool = createPool({
    ...options,
    onLog,
    functions: deployment.functions,
    region: deployment.region,
    endpointUrl: door.url,
    credentialsFor: door.credentialsFor,
    clock,
    onUsed,
  });
  clock.addQuietCheck(() => pool.busy() === 0, "functions");
  return pool;
}

function find<T extends { arn: string }>(all: T[], arn: string): T {
  const found = all.find((one) => one.arn === arn);
  if (found === undefined) throw new Error(`no ${arn} in the template`);
  return found;
}

function startSource(parts: WorkerParts, source: EventSource, pool: Pool): RunningEventSource {
  const { deployment, clock, door, onTrouble } = parts;
  const fn: LocalFunction = find(deployment.functions, source.functionArn);
  const queue: Queue = find(deployment.queues, source.queueArn);
  const principal = { kind: "role", roleArn: fn.roleArn } as const;
  return startEventSource({
    source,
    fn,
    queueUrl: door.sqs.queueUrl(queue.name),
    region: deployment.region,
    call: (service, operation, input, options) => door.call(principal, service, operation, input, options),
    pool,
    clock,
    visibleCount: () => door.sqs.visibleCount([queue.name]),
    onTrouble,
  });
}

export function startSources(parts: WorkerParts, pool: Pool): RunningEventSource[] {
  return parts.deployment.eventSources.map((source) => startSource(parts, source, pool));
}

export function startAllRules(parts: WorkerParts, pool: Pool): RunningRules {
  const { deployment, clock, door, onTrouble } = parts;
  const sendToQueue = async (rule: Rule, queueArn: string, body: string) => {
    const queue = find(deployment.queues, queueArn);
    const principal = { kind: "service", service: "events.amazonaws.com", sourceArn: rule.arn } as const;
    const input = { QueueUrl: door.sqs.queueUrl(queue.name), MessageBody: body };
    await door.call(principal, "sqs", "SendMessage", input);
  };
  const { region, account, rules, permissions } = deployment;
  const next = (expression: string, afterMs: number) => nextFireAfter(expression, "UTC", afterMs);
  return startRules({
    rules,
    permissions,
    region,
    account,
    clock,
    pool,
    sendToQueue,
    nextFireAfter: next,
    onTrouble,
  });
}
