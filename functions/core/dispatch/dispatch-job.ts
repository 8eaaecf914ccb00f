import { openLedger, reclaim, startedPending } from "../ledger/claim.ts";
import type { Claim, Ledger } from "../ledger/ledger.ts";
import { MARK } from "../ledger/mark.ts";
import { type Answers, afterWindow, endOpen, release } from "../ledger/settle.ts";
import { REPETITION_STANDS } from "../words.ts";
import { backoffMs, PROVIDER_MINIMUM_MS } from "./backoff.ts";
import type { Job } from "./job.ts";
import type { Quota } from "./quota.ts";
import type { RetryBudget } from "./retry-budget.ts";
import { type JobFacts, type SendingPorts, sendWindow, timeToSend } from "./send-window.ts";

export type { JobFacts } from "./send-window.ts";
export { timeToSend } from "./send-window.ts";

/** Write access to the ledgers; every write is conditional. */
export type LedgerStore = {
  /** Puts a job's first ledger; the one that stands there when it is not the first. */
  open(job: Job, ledger: Ledger): Promise<Ledger | undefined>;
  /**
   * Writes `ledger` if its predecessor (`revision - 1`) still stands; false = the fence fell. A write that fails is
   * tried again after a pause while `mayWait` allows that pause.
   */
  replace(job: Job, ledger: Ledger, mayWait?: (pauseMs: number) => boolean): Promise<boolean>;
};

export type DispatchPorts = SendingPorts & {
  ledgers: LedgerStore;
  facts(job: Job): Promise<JobFacts>;
  /** Counters, gone tokens, completion: each repeatable by job id. */
  afterSteps(job: Job, ledger: Ledger): Promise<void>;
  budget: RetryBudget;
  /** Of the windows behind the first, which was taken before the job was claimed. */
  quota: Quota;
  random(): number;
  /** A name that no other claim has ever had. */
  newOwner(): string;
  times: { providerDeadlineMs: number; leaseMs: number };
};

/** What to do with the job's message. */
export type DispatchAnswer =
  | { kind: "done"; ledger?: Ledger }
  | { kind: "wait"; untilMs: number; why: string }
  | { kind: "refused" };

const BUDGET_WAIT_MS = 30_000;
/** Kept of an invocation for the last try of a write. */
export const WRITE_MS = 1_500;

/**
 * Sends a job's targets under its lease, window by window, and sees it through to `closed`.
 * Throws only when AWS does; then the message comes back after its visibility.
 */
export async function dispatchJob(ports: DispatchPorts, job: Job): Promise<DispatchAnswer> {
  const isOver = ports.now() >= job.expiresAtMs;
  if (!isOver && !timeToSend(ports.remainingMs(), ports.times)) return tooLate(ports, job);
  // Read beside the claim, not after it: both are just before the sending, and a failure is told below.
  const reading = ports.facts(job);
  reading.catch(() => undefined);
  const claimed = await claimJob(ports, job);
  // Of a message that came twice, say: its first window's sends were taken before it was known.
  if (claimed.kind !== "send") ports.quota.giveBack(Math.min(job.targets.length, job.rules.window));
  if (claimed.kind === "finish") return finish(ports, job, claimed.ledger);
  if (claimed.kind !== "send") return claimed;
  const facts = await reading.catch(async (error: unknown) => {
    await giveBack(ports, job, claimed.ledger);
    throw error;
  });
  if (facts.ended) {
    const ended = endOpen(claimed.ledger, facts.ended, { nowMs: ports.now(), leaseMs: ports.times.leaseMs });
    return (await write(ports, job, claimed.ledger, ended)) ? finish(ports, job, ended) : lostLease(ports);
  }
  const waits = await withinBudget(ports, job, claimed.ledger);
  return waits ?? sendWindows(ports, job, facts, claimed.ledger);
}

/**
 * What was asked before (credentials, a turn, a quota) has taken the time that a request would need: a claim would only
 * leave in doubt what nobody sends.
 */
function tooLate(ports: DispatchPorts, job: Job): DispatchAnswer {
  ports.quota.giveBack(Math.min(job.targets.length, job.rules.window));
  return { kind: "wait", untilMs: ports.now(), why: "time" };
}

type Claimed = { kind: "send"; ledger: Ledger } | { kind: "finish"; ledger: Ledger } | DispatchAnswer;

async function claimJob(ports: DispatchPorts, job: Job): Promise<Claimed> {
  const claim: Claim = {
    jobId: job.id,
    digest: job.digest,
    count: job.targets.length,
    owner: ports.newOwner(),
    nowMs: ports.now(),
    leaseMs: ports.times.leaseMs,
    rules: askingOne(ports, job),
  };
  const fresh = openLedger(claim);
  const existing = await ports.ledgers.open(job, fresh);
  // Our own first write, acknowledged late and retried by the SDK, is not somebody else's.
  if (existing === undefined || existing.owner === claim.owner) return { kind: "send", ledger: fresh };
  const answer = reclaim(existing, claim);
  if (answer.kind === "settled") return { kind: "finish", ledger: answer.ledger };
  if (answer.kind !== "send" && answer.kind !== "finish") return answer;
  return (await ports.ledgers.replace(job, answer.ledger)) ? answer : lostLease(ports);
}

/** A provider that was silent is asked with one target, and with another one where that one was left out. */
const askingOne = ({ gate }: DispatchPorts, { rules }: Job): Job["rules"] =>
  gate.isAsking() ? { ...rules, window: 1 } : rules;

/**
 * Writes what follows a claim that is held. Without it the lease would run out and leave in doubt what is known, so it is
 * tried while lease and invocation last.
 */
const write = (ports: DispatchPorts, job: Job, held: Ledger, next: Ledger): Promise<boolean> =>
  ports.ledgers.replace(
    job,
    next,
    (pauseMs) => ports.now() + pauseMs < held.leaseUntilMs && ports.remainingMs() - pauseMs >= WRITE_MS,
  );

/** Somebody else wrote first: come back when its lease could be over. */
function lostLease(ports: DispatchPorts): DispatchAnswer {
  return { kind: "wait", untilMs: ports.now() + ports.times.leaseMs, why: "leased" };
}

/**
 * Nothing has been sent under this claim, and its lease must not say that it may have been. A claim that found nothing
 * but what a death left in doubt ends that pass instead.
 */
async function giveBack(ports: DispatchPorts, job: Job, ledger: Ledger): Promise<void> {
  ports.quota.giveBack(Math.min(job.targets.length, job.rules.window));
  const next = ledger.marks.includes(MARK.pending)
    ? ledger
    : withAnswers(ports, { ...job, rules: askingOne(ports, job) }, ledger, new Map());
  // Where the provider has fallen silent meanwhile, what was in doubt is to be sent again.
  const back =
    next.state === "leased" ? { ...release(next, ports.now()), revision: ledger.revision + 1 } : next;
  // Where it cannot be written the lease runs out; what is told is why there was nothing to write.
  await write(ports, job, ledger, back).catch(() => false);
}

/** A later pass spends retry budget; without it the job waits and loses no attempt. */
async function withinBudget(
  ports: DispatchPorts,
  job: Job,
  ledger: Ledger,
): Promise<DispatchAnswer | undefined> {
  if (ledger.passes === 1) return undefined;
  const toSend = ledger.marks.filter((mark) => mark === MARK.pending).length;
  if (ports.budget.take(job.app, job.provider, toSend)) return undefined;
  const untilMs = ports.now() + BUDGET_WAIT_MS;
  return (await write(ports, job, ledger, release(ledger, untilMs)))
    ? { kind: "wait", untilMs, why: "retry_budget" }
    : lostLease(ports);
}

async function sendWindows(
  ports: DispatchPorts,
  job: Job,
  facts: JobFacts,
  first: Ledger,
): Promise<DispatchAnswer> {
  let ledger = first;
  for (;;) {
    const answers = await sendWindow(ports, job, facts, ledger);
    ports.budget.record(job.app, job.provider, answers.values(), ledger.passes === 1);
    await ports.gate.compare();
    const nowMs = ports.now();
    let next = withAnswers(ports, { ...job, rules: rulesOf(ports, job, facts) }, ledger, answers);
    const stop = next.state === "leased" ? await whyStop(ports, next).catch(failed) : undefined;
    if (stop) next = { ...release(next, nowMs + stop.waitMs), revision: next.revision };
    if (!(await write(ports, job, ledger, next))) return lostLease(ports);
    ledger = next;
    if (ledger.state === "settled") return finish(ports, job, ledger);
    if (stop?.failure) throw stop.failure.error;
    if (stop) return { kind: "wait", untilMs: nowMs + stop.waitMs, why: stop.why };
    if (ledger.state === "waiting") return { kind: "wait", untilMs: ledger.notBeforeMs, why: "retry" };
  }
}

/** The ledger with a window's answers. */
function withAnswers(ports: DispatchPorts, job: Job, ledger: Ledger, answers: Answers): Ledger {
  const { leaseMs } = ports.times;
  const repetitionStands = REPETITION_STANDS.has(job.provider);
  const { rules } = job;
  const turn = { nowMs: ports.now(), leaseMs, rules, silent: ports.gate.isShut(), repetitionStands };
  return afterWindow(ledger, answers, turn, (retryAfterMs, attempt) =>
    backoffMs({
      priority: job.priority,
      attempt,
      retryAfterMs,
      minimumMs: PROVIDER_MINIMUM_MS[job.provider] ?? 0,
      random: ports.random,
    }),
  );
}

/** Where nothing can be sent nobody is asked. */
const rulesOf = (ports: DispatchPorts, job: Job, { send }: JobFacts): Job["rules"] =>
  send === undefined ? job.rules : askingOne(ports, job);

type Stop = { why: string; waitMs: number; failure?: { error: unknown } };

/** What is asked for the next window must not cost the last one its outcomes: it is told once they are written. */
const failed = (error: unknown): Stop => ({ why: "failed", waitMs: 0, failure: { error } });

/** Why the next window is not sent now. */
async function whyStop(ports: DispatchPorts, ledger: Ledger): Promise<Stop | undefined> {
  if (ports.gate.isShut()) return { why: "provider_down", waitMs: ports.gate.waitMs() };
  if (!timeToSend(ports.remainingMs(), ports.times)) return { why: "time", waitMs: 0 };
  const waitMs = await ports.quota.take(startedPending(ledger).length);
  return waitMs === undefined ? undefined : { why: "quota", waitMs };
}

/** After-steps: the last of them closes the job. A crash in between repeats them, which they allow. */
async function finish(ports: DispatchPorts, job: Job, ledger: Ledger): Promise<DispatchAnswer> {
  await ports.afterSteps(job, ledger);
  return { kind: "done", ledger };
}
