import { type Ledger, MAX_CRASHES } from "../ledger/ledger.ts";
import { countMarks, MARK, type MarkName } from "../ledger/mark.ts";
import type { Progress } from "../notification/notification.ts";
import { type Job, registeredAtMs, tokenOf } from "./job.ts";

/** A token that its provider called gone, as it was registered when the job was planned. */
export type GoneToken = {
  user: string;
  device: string;
  token: string;
  registeredAtMs: number;
  /** Since when, where the provider says so: a later registration survives. */
  sinceMs?: number;
  reason: string;
  atMs: number;
};

export type AfterStepPorts = {
  /** Adds the job's outcomes to its bucket once, however often it is called; with its page's ladder where that is over. */
  addClosed(job: Job, counts: Record<string, number>, endsLadder: boolean): Promise<Progress>;
  /** Removes a token unless it was registered again since. */
  removeToken(app: string, gone: GoneToken): Promise<void>;
  /** Results without a suspect: a few bad tokens among many good ones are no wrong configuration. */
  countResults(job: Pick<Job, "app" | "provider">, results: number): Promise<void>;
  /** Keeps a job's suspects, once, until their window can be judged: a burst of bad tokens is a wrong configuration. */
  judgeLater(
    job: Pick<Job, "app" | "provider" | "id">,
    suspects: GoneToken[],
    results: number,
  ): Promise<void>;
  settleBucket(job: Job, progress: Progress): Promise<void>;
  /** What became of the job may send people of its page to the next rung. */
  askClimb(job: Job, page: string): Promise<void>;
  /** A copy of a poison job, stripped to ids. */
  leavePoisonCopy(job: Job): Promise<void>;
  observe(job: Job, ledger: Ledger, counts: Partial<Record<MarkName, number>>): void;
};

/** What follows a job whose targets are all final; each step may run again after a crash. */
export async function afterSteps(ports: AfterStepPorts, job: Job, ledger: Ledger): Promise<void> {
  const counts = countMarks(ledger.marks);
  const gone = goneTokens(job, ledger);
  await Promise.all(gone.sure.map((token) => ports.removeToken(job.app, token)));
  if (gone.suspects.length > 0) await ports.judgeLater(job, gone.suspects, job.targets.length);
  else await ports.countResults(job, job.targets.length);
  if (ledger.crashes >= MAX_CRASHES) await ports.leavePoisonCopy(job);
  const endsLadder = job.lone === true && counts.accepted === job.targets.length;
  if (job.page !== undefined && !endsLadder) await ports.askClimb(job, job.page);
  const progress = await ports.addClosed(job, countersOf(job, counts), endsLadder);
  // Told once, by whoever has counted it: its message may come twice.
  if (progress.counted) ports.observe(job, ledger, counts);
  await ports.settleBucket(job, progress);
}

const countersOf = (job: Job, counts: Partial<Record<MarkName, number>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(counts).map(([mark, count]) => [`${job.channel}.${job.provider}.${mark}`, count]),
  );

function goneTokens(job: Job, ledger: Ledger): { sure: GoneToken[]; suspects: GoneToken[] } {
  const found = { sure: [] as GoneToken[], suspects: [] as GoneToken[] };
  for (const [key, note] of Object.entries(ledger.notes)) {
    const position = Number(key);
    const wire = job.targets[position];
    if (ledger.marks[position] !== MARK.gone || wire === undefined) continue;
    // A job that was planned again holds the tokens of today: nobody has called this one gone.
    if (registeredAtMs(wire) > note.atMs) continue;
    const [user, device] = wire;
    (note.suspect ? found.suspects : found.sure).push({
      user,
      device,
      token: tokenOf(wire),
      registeredAtMs: registeredAtMs(wire),
      ...(note.sinceMs !== undefined && { sinceMs: note.sinceMs }),
      reason: note.reason ?? String(note.status ?? "gone"),
      atMs: note.atMs,
    });
  }
  return found;
}
