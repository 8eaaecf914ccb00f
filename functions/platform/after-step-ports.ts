import type { AfterStepPorts } from "../core/dispatch/after-steps.ts";
import type { Job } from "../core/dispatch/job.ts";
import { logHash } from "../core/hash.ts";
import { holdOf } from "../core/ladder/hold.ts";
import { settleBucket } from "../core/notification/settle-bucket.ts";
import { channelOfAddress, closeAddress } from "../core/recipient/close-address.ts";
import { removeToken } from "../core/recipient/remove-token.ts";
import { headerStore } from "../storage/headers.ts";
import { progressStore } from "../storage/progress.ts";
import { ttlOf } from "../storage/table.ts";
import { askClimb } from "./asking-climbs.ts";
import { now, sqsClient, tableOf } from "./clients.ts";
import { need } from "./env.ts";
import { countResults, judgeOnce } from "./judging-tokens.ts";
import { log } from "./log.ts";
import { metric } from "./metrics.ts";
import { observeJob } from "./observe-job.ts";
import { logEnd } from "./planning.ts";
import { messageBody } from "./queues.ts";
import { closeAddressPorts, removeTokenPorts } from "./token-ports.ts";

const KEPT_MS = 30 * 86_400_000;

export function afterStepPorts(): AfterStepPorts {
  const delivery = tableOf("delivery");
  const headers = headerStore(delivery, now);
  const progress = progressStore(delivery, now);
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
    judgeLater: ({ app, provider, id }, suspects, results) =>
      judgeOnce({ app, provider }, { part: id, holder: id, suspects, results }),
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
