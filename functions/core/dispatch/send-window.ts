import { providerMessageId } from "../hash.ts";
import { startedPending } from "../ledger/claim.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Gate } from "./gate.ts";
import { fromWire, type Job, whyEmpty } from "./job.ts";
import type { Outcome } from "./outcome.ts";
import type { PreparedSend, SendEach, SendMany, Target } from "./provider.ts";

/** What is read once per job, just before it is sent. */
export type JobFacts = {
  ended?: "cancelled" | "expired";
  /** Why a target must not be sent any more (erased, moved, opted out), by user and device. */
  dropped(user: string, device: string): string | undefined;
  /** The message made ready by the provider; undefined = the app has no credentials for it. */
  send?: PreparedSend;
  /** Why `send` is missing, as a reason code. */
  missing?: string;
  concurrency: number;
};

export type SendingPorts = {
  gate: Gate;
  now(): number;
  times: { providerDeadlineMs: number };
  /** Time this invocation has left. */
  remainingMs(): number;
};

/** Sends the started window; stops early, leaving the rest pending, where there is no time for another request. */
export async function sendWindow(
  ports: SendingPorts,
  job: Job,
  facts: JobFacts,
  ledger: Ledger,
): Promise<Map<number, Outcome>> {
  const answers = new Map<number, Outcome>();
  const queue = startedPending(ledger);
  const { send } = facts;
  let next = 0;
  const oneByOne = async () => {
    while (next < queue.length && mayBegin(ports, ledger)) {
      const position = queue[next++]!;
      answers.set(position, await sendOne(ports, job, facts, position));
    }
  };
  const inBatches = async ({ most, ...batch }: SendMany) => {
    while (next < queue.length && mayBegin(ports, ledger)) {
      const positions = queue.slice(next, next + most);
      next += positions.length;
      await sendSome(ports, { job, facts, send: batch.send }, positions, answers);
    }
  };
  const worker = typeof send === "object" ? () => inBatches(send) : oneByOne;
  await Promise.all(Array.from({ length: Math.min(facts.concurrency, queue.length) }, worker));
  return answers;
}

/** A request may take the whole deadline, and its outcome has to be written behind it. */
export const timeToSend = (remainingMs: number, times: { providerDeadlineMs: number }): boolean =>
  remainingMs >= times.providerDeadlineMs * 1.2;

/**
 * No request is begun that the lease might not outlast (a frozen environment may wake minutes later), or the
 * invocation: where a window takes several rounds, a slow provider would see its worker die in the midst of one.
 */
function mayBegin(ports: SendingPorts, ledger: Ledger): boolean {
  const leaseHolds = ports.now() + ports.times.providerDeadlineMs < ledger.leaseUntilMs;
  return leaseHolds && !ports.gate.isShut() && timeToSend(ports.remainingMs(), ports.times);
}

async function sendOne(ports: SendingPorts, job: Job, facts: JobFacts, position: number): Promise<Outcome> {
  const { target, left } = targetAt(ports, job, facts, position);
  if (target === undefined) return left;
  const told = ports.gate.begin();
  const outcome = await answer(facts.send as SendEach, target, ports.now() + ports.times.providerDeadlineMs);
  told(outcome);
  return outcome;
}

type Looked = { target: Target; left?: never } | { target?: never; left: Outcome };

/** The target at a position, or why it is not sent to after all. */
function targetAt(ports: SendingPorts, job: Job, facts: JobFacts, position: number): Looked {
  const wire = job.targets[position]!;
  const target = fromWire(wire, providerMessageId(job.id, position));
  if (target === undefined) return { left: { kind: "suppressed", reason: whyEmpty(wire) } };
  const left = leftOut(ports, job, facts, target);
  return left ? { left } : { target };
}

function leftOut(ports: SendingPorts, job: Job, facts: JobFacts, target: Target): Outcome | undefined {
  if (ports.now() >= job.expiresAtMs) return { kind: "suppressed", reason: "expired" };
  const dropped = facts.dropped(target.user, target.device);
  if (dropped !== undefined) return { kind: "suppressed", reason: dropped };
  if (facts.send === undefined) return { kind: "misconfigured", reason: facts.missing ?? "no_credentials" };
  return undefined;
}

/**
 * A bug in one target's rendering must not take the others with it; the request may have left, so it is in doubt. It says
 * nothing of the provider, which all the app's jobs would wait for.
 */
async function answer(send: SendEach, target: Target, deadlineMs: number): Promise<Outcome> {
  try {
    return await send(target, { deadlineMs });
  } catch (error) {
    return threw(error);
  }
}

const threw = (error: unknown): Outcome => ({
  kind: "unknown",
  reason: `threw_${(error as Error).name}`,
  unasked: true,
});

type Batch = { job: Job; facts: JobFacts; send: SendMany["send"] };

/** One request for all of these positions that are still to be sent to. */
async function sendSome(
  ports: SendingPorts,
  { job, facts, send }: Batch,
  positions: readonly number[],
  answers: Map<number, Outcome>,
): Promise<void> {
  const sent: { position: number; target: Target }[] = [];
  for (const position of positions) {
    const { target, left } = targetAt(ports, job, facts, position);
    if (target) sent.push({ position, target });
    else answers.set(position, left);
  }
  if (sent.length === 0) return;
  const told = ports.gate.begin();
  const deadlineMs = ports.now() + ports.times.providerDeadlineMs;
  const outcomes = await send(
    sent.map(({ target }) => target),
    { deadlineMs },
  ).catch((error: unknown) => sent.map(() => threw(error)));
  // A target without an outcome may have been sent to.
  const outcomeAt = (index: number): Outcome => outcomes[index] ?? { kind: "unknown", reason: "no_outcome" };
  told(outcomeAt(0));
  for (const [index, { position }] of sent.entries()) answers.set(position, outcomeAt(index));
}
