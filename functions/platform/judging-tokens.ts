import type { GoneToken } from "../core/dispatch/after-steps.ts";
import type { Job } from "../core/dispatch/job.ts";
import {
  type JudgeTokens,
  suspectsConfiguration,
  VERDICT_WINDOW_MS,
  type Window,
} from "../core/dispatch/verdict.ts";
import { CHANNEL_OF, PROVIDERS } from "../core/words.ts";
import { verdictStore } from "../storage/verdicts.ts";
import { now, tableOf } from "./clients.ts";
import { log } from "./log.ts";
import { metric } from "./metrics.ts";
import { sendAll } from "./queues.ts";

/** Whose tokens are judged together. */
type Of = Pick<Job, "app" | "provider">;

/** A judgement waits a little longer than its window, for results that are still on their way. */
const JUDGE_AFTER_MS = VERDICT_WINDOW_MS + 30_000;
/** Tokens of one message to the judge: SQS takes 1 MiB. */
const JUDGED_AT_ONCE = 300;

/** Providers whose answers about tokens can also mean a wrong configuration. */
const SUSPECTING: ReadonlySet<string> = new Set(
  PROVIDERS.filter((provider) => CHANNEL_OF[provider] === "mobilePush"),
);
/**
 * Good results that an environment keeps to itself before it writes them down. One that has written more of the window
 * keeps as many as that: of what is beyond this half is known, and a large broadcast costs few writes.
 */
const KEPT_RESULTS = 1_000;

/** Good results of this environment by app and provider, of one window, not yet written. */
const unwritten = new Map<string, { window: number; results: number }>();

/** What this environment has written of its last window. */
const written = new Map<string, { window: number; results: number }>();
const MOST_WRITTEN = 10_000;

const windowNow = (): number => Math.floor(now() / VERDICT_WINDOW_MS);

/** How many are kept: none of a window's first, for five bad ones alone say a lot to whoever judges it. */
function mayKeep(key: string, window: number): number {
  const before = written.get(key);
  return before?.window === window ? Math.max(KEPT_RESULTS, before.results) : 0;
}

function noteWritten(key: string, window: number, results: number): void {
  const before = written.get(key);
  if (written.size >= MOST_WRITTEN) written.clear();
  written.set(key, { window, results: results + (before?.window === window ? before.results : 0) });
}

/** What is kept for a window, taken out. */
function takeResults({ app, provider }: Of, window: number): number {
  const key = `${app}#${provider}`;
  const kept = unwritten.get(key);
  unwritten.delete(key);
  return kept?.window === window ? kept.results : 0;
}

/** Results without a suspect: a few bad tokens among many good ones are no wrong configuration. */
export async function countResults({ app, provider }: Of, count: number): Promise<void> {
  if (!SUSPECTING.has(provider)) return;
  const window = windowNow();
  const key = `${app}#${provider}`;
  const results = takeResults({ app, provider }, window) + count;
  if (results < mayKeep(key, window)) {
    unwritten.set(key, { window, results });
    return;
  }
  noteWritten(key, window, results);
  await verdictStore(tableOf("guard")).add(app, provider, window, { results, bad: 0 });
}

/** Keeps suspects until their window can be judged: a burst of bad tokens is a wrong configuration. */
export async function judgeLater(of: Of, suspects: GoneToken[], results: number): Promise<void> {
  const window = windowNow();
  const counted = { results: results + takeResults(of, window), bad: suspects.length };
  const total = await verdictStore(tableOf("guard")).add(of.app, of.provider, window, counted);
  tellSuspicion(of, total);
  await askJudge(of, window, [suspects]);
}

/** Suspects that may be told more than once: `part` is theirs for ever, `holder` is of whoever tells them. */
export type ToldSuspects = { part: string; holder: string; suspects: GoneToken[]; results: number };

/**
 * As judgeLater, and counted once, however often they are told: until their window is forgotten, it judges them.
 */
export async function judgeOnce(of: Of, { part, holder, suspects, results }: ToldSuspects): Promise<void> {
  const verdicts = verdictStore(tableOf("guard"));
  const current = windowNow();
  const kept = takeResults(of, current);
  if (kept > 0) await verdicts.add(of.app, of.provider, current, { results: kept, bad: 0 });
  const told = { ...of, part, holder, window: current };
  const { window, total } = await verdicts.addOnce(told, { results, bad: suspects.length });
  tellSuspicion(of, total);
  await askJudge(of, window, inSlices(suspects));
}

function inSlices(suspects: readonly GoneToken[]): GoneToken[][] {
  const slices: GoneToken[][] = [];
  for (let next = 0; next < suspects.length; next += JUDGED_AT_ONCE)
    slices.push(suspects.slice(next, next + JUDGED_AT_ONCE));
  return slices;
}

function tellSuspicion({ app, provider }: Of, total: Window): void {
  if (!suspectsConfiguration(total)) return;
  metric("suspectedConfiguration", 1);
  const what = "so many bad tokens look like a wrong configuration; none is removed";
  log.warn(what, { app, provider, ...total });
}

async function askJudge(
  { app, provider }: Of,
  window: number,
  slices: readonly GoneToken[][],
): Promise<void> {
  const bodies = slices.map(
    (tokens): JudgeTokens => ({ v: 1, kind: "judge", app, provider, window, tokens }),
  );
  await sendAll(
    "ingest",
    bodies.map((body) => ({ body, group: app, delayMs: JUDGE_AFTER_MS })),
  );
}
