/** EventBridge rules with a schedule: they fire on the virtual clock, with the rights that the template gives them. */

import { randomUUID } from "node:crypto";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import { mayInvoke } from "../gateway/permission.ts";
import type { Permission, Rule } from "../template/model.ts";
import type { Pool } from "./pool.ts";

export type RulesOptions = {
  rules: Rule[];
  permissions: Permission[];
  region: string;
  account: string;
  clock: Pick<VirtualClock, "now" | "setTimer">;
  pool: Pick<Pool, "invoke">;
  /** Sends as EventBridge on behalf of the rule. */
  sendToQueue(rule: Rule, queueArn: string, body: string): Promise<void>;
  /** When the expression fires next, or `undefined` when it never does again. */
  nextFireAfter(expression: string, afterMs: number): number | undefined;
  onTrouble?(text: string): void;
};

export type RunningRules = { close(): void };

/** Asynchronous invocations are tried twice more, one and then two minutes later. */
const RETRY_DELAYS_MS = [60_000, 120_000];

type Target = Rule["targets"][number];

type Core = RulesOptions & { cancels: Map<string, () => void>; closed: boolean };

function scheduledEvent(core: Core, rule: Rule, firedAtMs: number): string {
  return JSON.stringify({
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: core.account,
    time: new Date(firedAtMs).toISOString().replace(/\.\d+Z$/, "Z"),
    region: core.region,
    resources: [rule.arn],
    detail: {},
  });
}

async function invokeTarget(
  core: Core,
  rule: Rule,
  target: Target,
  input: string,
): Promise<string | undefined> {
  const caller = { principal: "events.amazonaws.com", sourceArn: rule.arn };
  if (!mayInvoke(core.permissions, target.arn, caller)) {
    return `no AWS::Lambda::Permission lets rule ${rule.name} invoke ${target.arn}`;
  }
  const invocation = await core.pool.invoke(target.arn, JSON.parse(input));
  return invocation.ok ? undefined : `${invocation.error.errorType}: ${invocation.error.errorMessage}`;
}

async function deliver(
  core: Core,
  rule: Rule,
  target: Target,
  input: string,
  attempt: number,
): Promise<void> {
  const trouble = target.arn.includes(":lambda:")
    ? await invokeTarget(core, rule, target, input)
    : await core.sendToQueue(rule, target.arn, input).then(
        () => undefined,
        (error: Error) => `${error.name}: ${error.message}`,
      );
  if (trouble === undefined) return;
  core.onTrouble?.(`rule ${rule.name}, target ${target.id}: ${trouble}`);
  const delayMs = RETRY_DELAYS_MS[attempt];
  if (delayMs === undefined || core.closed) return;
  const key = randomUUID();
  const again = () => {
    core.cancels.delete(key);
    start(core, rule, target, input, attempt + 1);
  };
  core.cancels.set(key, core.clock.setTimer(core.clock.now() + delayMs, again));
}

function start(core: Core, rule: Rule, target: Target, input: string, attempt = 0): void {
  deliver(core, rule, target, input, attempt).catch((error: Error) =>
    core.onTrouble?.(`rule ${rule.name}, target ${target.id}: ${error.message}`),
  );
}

const MISSED_AFTER_MS = 60_000;

function arm(core: Core, rule: Rule, expression: string, afterMs: number): void {
  const atMs = core.nextFireAfter(expression, afterMs);
  if (atMs === undefined || core.closed) return;
  const fire = () => {
    // A clock that jumped over several ticks has missed them, as after any outage: they are not made up for.
    const missed = core.clock.now() - atMs > MISSED_AFTER_MS;
    arm(core, rule, expression, missed ? core.clock.now() : atMs);
    const event = scheduledEvent(core, rule, atMs);
    // Not awaited: an invocation in a frozen environment must not stop the clock.
    for (const target of rule.targets) start(core, rule, target, target.input ?? event);
  };
  core.cancels.set(rule.logicalId, core.clock.setTimer(atMs, fire));
}

function checkRuleTargets(rules: Rule[]): void {
  for (const rule of rules) {
    for (const target of rule.targets) {
      if (/^arn:aws:(lambda|sqs):/.test(target.arn)) continue;
      throw new Error(`rule ${rule.name}: target ${target.arn} is not run here (functions and queues are)`);
    }
  }
}

export function startRules(options: RulesOptions): RunningRules {
  checkRuleTargets(options.rules);
  const core: Core = { ...options, cancels: new Map(), closed: false };
  for (const rule of options.rules) {
    if (rule.scheduleExpression !== undefined) arm(core, rule, rule.scheduleExpression, core.clock.now());
  }
  return {
    close: () => {
      core.closed = true;
      for (const cancel of core.cancels.values()) cancel();
    },
  };
}
