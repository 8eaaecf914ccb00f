import type { AfterStepPorts } from "../core/dispatch/after-steps.ts";
import type { Job } from "../core/dispatch/job.ts";
import { type JudgeTokens, suspectsConfiguration, VERDICT_WINDOW_MS } from "../core/dispatch/verdict.ts";
import { logHash } from "../core/hash.ts";
import { holdOf } from "../core/ladder/hold.ts";
import { settleBucket } from "../core/notification/settle-bucket.ts";
import { channelOfAddress, closeAddress } from "../core/recipient/close-address.ts";
import { removeToken } from "../core/recipient/remove-token.ts";
import { CHANNEL_OF, PROVIDERS } from "../core/words.ts";
import { headerStore } from "../storage/headers.ts";
import { progressStore } from "../storage/progress.ts";
import { ttlOf } from "../storage/table.ts";
import { verdictStore } from "../storage/verdicts.ts";
import { askClimb } from "./asking-climbs.ts";
import { now, sqsClient, tableOf } from "./clients.ts";
import { need } from "./env.ts";
import { log } from "./log.ts";
import { metric } from "./metrics.ts";
import { observeJob } from "./observe-job.ts";
import { logEnd } from "./planning.ts";
import { messageBody, sendAll } from "./queues.ts";
import { closeAddressPorts, removeTokenPorts } from "./token-ports.ts";

const KEPT_MS = 30 * 86_400_000;
/** A judgement waits a little longer than its window, for results that are still on their way. */
const JUDGE_AFTER_MS = VERDICT_WINDOW_MS + 30_000;

export function afterStepPorts(): AfterStepPorts {
  const delivery = tableOf("delivery");
  const headers = headerStore(delivery, now);
  const progress = progressStore(delivery);
  return {
    addClosed: (job, counts, endsLadder) => {
      const hold = endsLadder && job.page !== undefined ? holdOf({ ...job, page: job.page }) : undefined;
      const closed = { jobId: job.id, counts, ...(hold && { hold }) };
      if (job.ofJobs !== undefined) {
        const place = { app: job.app, id: job.notification };
        return headers.closeInHeader(place, closed, { only: job.ofJobs === (hold ? 2 : 1) });
      }
      return progress.addClosed(
        job.app,
        job.notification,
        job.bucket,
        closed,
        ttlOf(job.expiresAtMs + KEPT_MS),
      );
    },
    async removeToken(app, gone) {
      const channel = channelOfAddress(gone.device);
      const removed = channel
        ? await closeAddress(closeAddressPorts(), app, channel, gone)
        : await removeToken(removeTokenPorts(), app, gone);
      if (!removed) return;
      metric("invalidTokens", 1);
      log.info("gone token removed", { app, token: logHash(gone.token), reason: gone.reason });
    },
    countResults,
    judgeLater,
    settleBucket: (job, state) =>
      settleBucket(
        { ...headers, onEnd: logEnd },
        { app: job.app, id: job.notification, walk: job.walk },
        state,
      ),
    askClimb,
    leavePoisonCopy,
    observe: observeJob,
  };
}

/** Providers whose answers about tokens can also mean a wrong configuration. */
const SUSPECTING: ReadonlySet<string> = new Set(
  PROVIDERS.filter((provider) => CHANNEL_OF[provider] === "mobilePush"),
);
/** Good results that an environment keeps to itself before it writes them down. */
const KEPT_RESULTS = 1_000;

/** Good results of this environment by app and provider, of one window, not yet written. */
const unwritten = new Map<string, { window: number; results: number }>();

/** Window that this environment has written a good result of last: the first of each is written at once. */
const written = new Map<string, number>();
const MOST_WRITTEN = 10_000;

/** Whether a good answer of this environment is known to whoever judges the window: five bad ones alone say a lot. */
function isFirstGood(key: string, window: number): boolean {
  if (written.get(key) === window) return false;
  if (written.size >= MOST_WRITTEN) written.clear();
  written.set(key, window);
  return true;
}

/** What is kept for a window, taken out. */
function takeResults(app: string, provider: string, window: number): number {
  const key = `${app}#${provider}`;
  const kept = unwritten.get(key);
  unwritten.delete(key);
  return kept?.window === window ? kept.results : 0;
}

async function countResults({ app, provider }: Pick<Job, "app" | "provider">, count: number): Promise<void> {
  if (!SUSPECTING.has(provider)) return;
  const window = Math.floor(now() / VERDICT_WINDOW_MS);
  const key = `${app}#${provider}`;
  const results = takeResults(app, provider, window) + count;
  if (results < KEPT_RESULTS && !isFirstGood(key, window)) unwritten.set(key, { window, results });
  else await verdictStore(tableOf("guard")).add(app, provider, window, { results, bad: 0 });
}

async function judgeLater(
  job: Pick<Job, "app" | "provider">,
  suspects: Parameters<AfterStepPorts["judgeLater"]>[1],
  results: number,
): Promise<void> {
  const window = Math.floor(now() / VERDICT_WINDOW_MS);
  const kept = takeResults(job.app, job.provider, window);
  const counted = { results: results + kept, bad: suspects.length };
  const total = await verdictStore(tableOf("guard")).add(job.app, job.provider, window, counted);
  if (suspectsConfiguration(total)) {
    metric("suspectedConfiguration", 1);
    log.warn("so many bad tokens look like a wrong configuration; none is removed", {
      app: job.app,
      provider: job.provider,
      ...total,
    });
  }
  const body: JudgeTokens = {
    v: 1,
    kind: "judge",
    app: job.app,
    provider: job.provider,
    window,
    tokens: suspects,
  };
  await sendAll("ingest", [{ body, group: job.app, delayMs: JUDGE_AFTER_MS }]);
}

/** Ids and nothing else: dead letters are read by people. */
async function leavePoisonCopy(job: Job): Promise<void> {
  const { SendMessageCommand } = await import("@aws-sdk/client-sqs");
  const { app, notification, bucket, id, channel, provider, targets } = job;
  const body = {
    v: 1,
    kind: "poison",
    app,
    notification,
    bucket,
    id,
    channel,
    provider,
    targets: targets.length,
  };
  await sqsClient().send(
    new SendMessageCommand({
      QueueUrl: need("DEAD_LETTERS"),
      MessageBody: messageBody(body),
      MessageGroupId: app,
    }),
  );
  metric("poison", 1);
}
