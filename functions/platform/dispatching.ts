import { randomUUID } from "node:crypto";
import type { Context } from "aws-lambda";
import { type AfterStepPorts, afterSteps } from "../core/dispatch/after-steps.ts";
import { answererOf } from "../core/dispatch/answerer.ts";
import { createBreaker } from "../core/dispatch/breaker.ts";
import {
  type DispatchAnswer,
  type DispatchPorts,
  dispatchJob,
  type JobFacts,
  timeToSend,
  WRITE_MS,
} from "../core/dispatch/dispatch-job.ts";
import { type Gate, gateOf, openGate } from "../core/dispatch/gate.ts";
import type { Job } from "../core/dispatch/job.ts";
import type { Message, Provider } from "../core/dispatch/provider.ts";
import { NO_QUOTA, type Quota } from "../core/dispatch/quota.ts";
import { ROOM, ROOM_SHARE, requestsAtOnce } from "../core/dispatch/requests-at-once.ts";
import { type RetryBudget, retryBudget } from "../core/dispatch/retry-budget.ts";
import { turnstile } from "../core/dispatch/turnstile.ts";
import type { NotificationBody } from "../core/notification/notification.ts";
import { within } from "../core/within.ts";
import { bodyStore } from "../storage/bodies.ts";
import { fromItem } from "../storage/headers.ts";
import { headerKey } from "../storage/keys.ts";
import { ledgerStore } from "../storage/ledgers.ts";
import { olderChanges } from "../storage/older-changes.ts";
import { addFailure, takeProbe, tellAnswered, tellSilent } from "../storage/probes.ts";
import { type Latest, recentChanges } from "../storage/recent-changes.ts";
import { batchGet } from "../storage/table.ts";
import { afterStepPorts } from "./after-step-ports.ts";
import { isPaused } from "./apps.ts";
import { now, tableOf } from "./clients.ts";
import { settings } from "./env.ts";
import { log } from "./log.ts";
import { jobGroup } from "./planning.ts";
import type { MessageAnswer, Received } from "./queue-handler.ts";
import { quotaFor } from "./quotas.ts";
import { type SendSpan, sendSpan } from "./send-span.ts";
import { span } from "./spans.ts";
import { tellThatItWaits } from "./telling-waits.ts";

/** A provider made ready for an app, or the reason why there is none. */
export type ProviderSource = (
  app: string,
  provider: Job["provider"],
) => Promise<Provider | { missing: string }>;

const PAUSE_LOOK_MS = 5_000;
/** What is asked between two windows of a job holds up the outcomes of the first: an invocation may not end over it. */
const GUARD_MS = 3_000;
/** An environment rests three times as long as its probe took: with this it knows of a recovery within 20 s. */
const PROBE_MS = 5_000;
/** Keyed as breakers are: what is slow is one app's provider, or one push service. */
const turns = turnstile(ROOM, ROOM_SHARE);
const budget: RetryBudget = retryBudget(now);
const breaker = createBreaker({
  now,
  random: Math.random,
  changed(app, provider, to) {
    if (to.open) log.warn("provider does not answer; its jobs wait", { app, provider });
    else log.info("provider answers again", { app, provider, lastedMs: to.lastedMs });
  },
});

/** An app, and who answers it. */
type Whose = { app: string; provider: string };

/** What environments tell each other of a provider is worth no job: each finds it out for itself, only later. */
const notTold =
  ({ app, provider }: Whose) =>
  (error: unknown) => {
    log.error("others are not told about a provider", error, { app, provider });
    return 0;
  };

function gateFor(whose: Whose, isProbe: boolean, remainingMs: () => number): Gate {
  return gateOf(breaker, whose, isProbe, () => {
    const ms = Math.max(0, Math.min(GUARD_MS, remainingMs() - WRITE_MS));
    return within(ms, addFailure(tableOf("guard"), whose, now()), "Guard").catch(notTold(whose));
  });
}

/** Dispatches one job's message; what follows is the same for every channel. */
export async function dispatchMessage(
  source: ProviderSource,
  { message: job, receiveCount }: Pick<Received<Job>, "message" | "receiveCount">,
  context: Context,
): Promise<MessageAnswer> {
  const again = (afterMs: number): MessageAnswer => ({
    kind: "again",
    afterMs,
    resend: {
      body: { ...job, hops: job.hops + 1 },
      group: jobGroup(job, job.walk),
      ...(job.traceparent && { traceparent: job.traceparent }),
    },
  });
  /** It was not claimed, so that waiting costs it nothing. */
  const putBack = async (afterMs: number): Promise<MessageAnswer> => {
    // Of others a row tells what is planned.
    if (job.ofJobs !== undefined) await tellThatItWaits(job, receiveCount, afterMs);
    return again(afterMs);
  };
  const remainingMs = () => context.getRemainingTimeInMillis();
  let older: Latest = new Map();
  const whose: Whose = { app: job.app, provider: answererOf(job, settings().webPushHosts) };
  // What has expired is ended without a request, so that no pause keeps it.
  const isOver = () => now() >= job.expiresAtMs;
  if (!isOver() && (await isPaused(job.app, job.channel, job.provider))) return putBack(PAUSE_LOOK_MS);
  return turns.run(`${whose.app}#${whose.provider}`, requestsAtOnce(job), async () => {
    // Behind slow jobs of the same batch the time may be over: the message is free for others at once.
    if (!timeToSend(remainingMs(), settings())) return again(0);
    if (isOver()) return send(gateFor(whose, false, remainingMs), NO_QUOTA);
    // Before the job is claimed: what cannot be had now costs it nothing.
    const provider = await source(job.app, job.provider);
    older = await olderChanges(tableOf("guard"), job.app, job.plannedAtMs, now());
    if (job.provider === "webhook") return send(openGate(), NO_QUOTA);
    const state = breaker.state(whose.app, whose.provider);
    if (state.kind === "closed") return withinQuota(provider);
    if (!breaker.takeProbe(whose.app, whose.provider)) return putBack(state.waitMs);
    try {
      const turn = await takeProbe(tableOf("guard"), whose, now());
      if (turn === "ours") return await probe();
      if (!breaker.askedElsewhere(whose.app, whose.provider, turn.answeredAtMs)) return putBack(state.waitMs);
    } finally {
      breaker.probed(whose.app, whose.provider);
    }
    return withinQuota(provider);
  });

  /** The probe of all environments: the others learn what it found. */
  async function probe(): Promise<MessageAnswer> {
    const guard = tableOf("guard");
    await tellSilent(guard, job.provider, now());
    const answer = await send(gateFor(whose, true, remainingMs), NO_QUOTA);
    if (breaker.state(whose.app, whose.provider).kind === "closed")
      await tellAnswered(guard, whose, now()).catch(notTold(whose));
    return answer;
  }

  /** What the provider takes in a time is asked before the job is claimed: waiting costs it nothing. */
  async function withinQuota(provider: Provider | { missing: string }): Promise<MessageAnswer> {
    const quota = quotaFor(job, "missing" in provider ? undefined : await provider.quota?.());
    const waitMs = await quota.take(Math.min(job.targets.length, job.rules.window));
    return waitMs === undefined ? send(gateFor(whose, false, remainingMs), quota) : putBack(waitMs);
  }

  async function send(gate: Gate, quota: Quota): Promise<MessageAnswer> {
    const { rules } = job;
    const bounded = { ...job, rules: { ...rules, window: Math.min(rules.window, quota.most) } };
    return answered(await dispatchInSpan({ source, context, gate, quota, older }, bounded), again);
  }
}

type Means = {
  source: ProviderSource;
  context: Context;
  gate: Gate;
  quota: Quota;
  /** What was said more than a day ago. */
  older: Latest;
};

/** One handling of a job as a span, with the span of its requests below it. */
function dispatchInSpan(means: Means, job: Job): Promise<DispatchAnswer> {
  const { app, notification, provider } = job;
  const facts = { app, notification, provider, targets: job.targets.length, accepted: 0 };
  return span({ name: "dispatch", parent: job.traceparent, facts }, async (own) => {
    const sending = sendSpan(own, { app, notification, provider });
    try {
      return await dispatchJob(dispatchPorts(means, sending), job);
    } finally {
      facts.accepted = sending.end();
    }
  });
}

function answered(answer: DispatchAnswer, again: (afterMs: number) => MessageAnswer): MessageAnswer {
  if (answer.kind === "wait") return again(Math.max(0, answer.untilMs - now()));
  return answer.kind === "refused"
    ? { kind: "refused", why: "another body under this job's id" }
    : { kind: "done" };
}

function dispatchPorts(means: Means, sending: SendSpan): DispatchPorts {
  const { context, gate, quota } = means;
  const { providerDeadlineMs, leaseMs } = settings();
  const after: AfterStepPorts = afterStepPorts();
  return {
    ledgers: ledgerStore(tableOf("delivery"), now),
    facts: (job) => jobFacts(means, job, sending),
    afterSteps: (job, ledger) => afterSteps(after, job, ledger),
    budget,
    gate,
    quota: { ...quota, take: (targets) => within(GUARD_MS, quota.take(targets), "Guard") },
    now,
    random: Math.random,
    newOwner: randomUUID,
    times: {
      providerDeadlineMs: gate.isProbe ? Math.min(providerDeadlineMs, PROBE_MS) : providerDeadlineMs,
      leaseMs,
    },
    remainingMs: () => context.getRemainingTimeInMillis(),
  };
}

/** One read per job, just before it is sent: the notification as it stands, and whom not to send to any more. */
async function jobFacts({ source, older }: Means, job: Job, sending: SendSpan): Promise<JobFacts> {
  const [delivery, guard] = [tableOf("delivery"), tableOf("guard")];
  const recent = recentChanges(guard);
  const [found, provider] = await Promise.all([
    batchGet(delivery.client, [
      { table: delivery, keys: [headerKey(job.app, job.notification)], consistent: true },
      { table: guard, keys: recent.keys(job.app, job.plannedAtMs, now()), consistent: true },
    ]),
    // What is over needs none, and is ended though they cannot be read.
    now() >= job.expiresAtMs ? { missing: "expired" } : source(job.app, job.provider),
  ]);
  const item = found.get(delivery.name)?.[0];
  if (item === undefined) throw new Error(`notification ${job.notification} of a job does not exist`);
  const notification = fromItem(item);
  const changes = await recent.withFurther(found.get(guard.name) ?? []);
  const dropped = recent.judge(changes, job.plannedAtMs, job, older);
  const common = { dropped, concurrency: "missing" in provider ? 1 : provider.concurrency };
  if (notification.state === "cancelled") return { ...common, ended: "cancelled" };
  if (now() >= job.expiresAtMs) return { ...common, ended: "expired" };
  if ("missing" in provider) return { ...common, missing: provider.missing };
  const body = notification.body ?? (await largeBody(job, () => bodyStore(delivery).read(notification)));
  const message = {
    ...messageOf(job, body, sending.traceparent),
    ...(notification.channels.includes("inApp") && { inInbox: true }),
  };
  return { ...common, send: sending.counted(await provider.prepare(message)) };
}

/** The last large body: the jobs of one broadcast follow each other. */
let kept: { key: string; body: Promise<NotificationBody> } | undefined;

function largeBody(job: Job, read: () => Promise<NotificationBody>): Promise<NotificationBody> {
  const key = `${job.app}#${job.notification}#${job.createdAtMs}`;
  if (kept?.key !== key) {
    const body = read();
    kept = { key, body };
    body.catch(() => {
      kept = undefined; // read again by the next job; this one's failure reaches its own caller
    });
  }
  return kept.body;
}

function messageOf(
  job: Job,
  { content, unsubscribe, atOnce }: NotificationBody,
  traceparent: string | undefined,
): Message {
  return {
    app: job.app,
    notificationId: job.notification,
    content,
    category: job.category,
    priority: job.priority,
    createdAtMs: job.createdAtMs,
    ...(job.sendAtMs !== undefined && { sendAtMs: job.sendAtMs }),
    expiresAtMs: job.expiresAtMs,
    ttlS: atOnce ? 0 : Math.max(0, Math.floor((job.expiresAtMs - now()) / 1000)),
    ...(job.walk && { broadcast: true }),
    ...(unsubscribe !== undefined && { unsubscribe }),
    ...(traceparent && { traceparent }),
  };
}
