import type { Context } from "aws-lambda";
import { backoffMs, PROVIDER_MINIMUM_MS } from "../core/dispatch/backoff.ts";
import { timeToSend } from "../core/dispatch/dispatch-job.ts";
import { followersOf, rankOf, type TopicMessage } from "../core/notification/topic-change.ts";
import { afterChange, countsOf, type Judged, suspectsOf } from "../core/notification/topic-outcomes.ts";
import { fcmTopics, TOKENS_AT_ONCE } from "../providers/fcm/topics.ts";
import { recipientStore } from "../storage/recipients.ts";
import { sharedTokenStore } from "../storage/shared-tokens.ts";
import { topicChangeStore } from "../storage/topic-changes.ts";
import { isPaused } from "./apps.ts";
import { sendTopic } from "./asking-topics.ts";
import { now, tableOf } from "./clients.ts";
import { ownEgress } from "./egress.ts";
import { settings } from "./env.ts";
import { countResults, judgeLater } from "./judging-tokens.ts";
import { log } from "./log.ts";
import { metric } from "./metrics.ts";
import type { MessageAnswer } from "./queue-handler.ts";
import { sourceOf } from "./sources/source.ts";

const PAUSE_LOOK_MS = 5_000;
/** Google says to give up after an hour; counted from the request, whatever the waits between the tries are. */
const RETRIED_MS = 3_600_000;
/** Keys of one BatchGetItem. */
const READ_AT_ONCE = 100;
const WRITES_AT_ONCE = 25;

const source = sourceOf("fcm", (app, credentials) =>
  fcmTopics({
    app,
    credentials,
    open: ownEgress(),
    tokens: sharedTokenStore(tableOf("guard"), now),
    now,
  }),
);

/** Makes the registration tokens of people follow a topic, or not any more; repeating it changes nothing. */
export async function changeTopic(message: TopicMessage, context: Context): Promise<MessageAnswer> {
  const { app, topic, action } = message;
  if (await isPaused(app, "mobilePush", "fcm")) return later(message, PAUSE_LOOK_MS);
  if (!timeToSend(context.getRemainingTimeInMillis(), settings())) return later(message, 0);
  const topics = await source(app);
  if ("missing" in topics)
    return { kind: "refused", why: `no topics without credentials: ${topics.missing}` };
  const users = await notOvertaken(message);
  const followers = followersOf(await readAll(app, users));
  const deadlineMs = now() + settings().providerDeadlineMs;
  const answers = await Promise.all(
    chunks(followers, TOKENS_AT_ONCE).map(async (some): Promise<Judged[]> => {
      const tokens = some.map(({ token }) => token);
      const outcomes = await topics.change(action, topic, tokens, deadlineMs);
      const judged = some.map((follower, index) => ({ follower, outcome: outcomes[index]! }));
      await judgeTokens(app, judged);
      return judged;
    }),
  );
  const judged = answers.flat();
  const overtaken = message.users.length - users.length;
  log.info("topic changed", { app, topic, action, ...countsOf(judged), ...(overtaken > 0 && { overtaken }) });
  const misconfigured = judged.filter(({ outcome }) => outcome.kind === "misconfigured").length;
  if (misconfigured > 0) metric("misconfigured", misconfigured);
  const next = afterChange(judged);
  return next.kind === "again" ? again(message, next) : next;
}

const later = (message: TopicMessage, afterMs: number): MessageAnswer => ({
  kind: "again",
  afterMs,
  resend: { body: message, group: message.app },
});

/** Those for whom no later change was begun: a message that was delayed must not undo what they have asked for since. */
async function notOvertaken(message: TopicMessage): Promise<string[]> {
  const { app, topic, users } = message;
  const { begin } = topicChangeStore(tableOf("guard"));
  const rank = rankOf(message);
  const kept: string[] = [];
  for (const some of chunks(users, WRITES_AT_ONCE)) {
    const begun = await Promise.all(some.map((user) => begin({ app, topic, user }, rank, now())));
    kept.push(...some.filter((_, index) => begun[index]));
  }
  return kept;
}

async function readAll(app: string, users: readonly string[]) {
  const { list } = recipientStore(tableOf("directory"));
  const read = await Promise.all(chunks(users, READ_AT_ONCE).map((some) => list(app, some, true)));
  return read.flat();
}

/** Bad tokens are judged with those that sends find: a burst of them is a wrong configuration. */
async function judgeTokens(app: string, judged: readonly Judged[]): Promise<void> {
  const { slices, good } = suspectsOf(judged, now());
  const of = { app, provider: "fcm" } as const;
  if (slices.length === 0) await countResults(of, good);
  // The good ones count once, and first: a part of the bad ones alone would look like a wrong configuration.
  for (const [index, slice] of slices.entries())
    await judgeLater(of, slice, slice.length + (index === 0 ? good : 0));
}

type Again = { users: string[]; retryAfterMs: number };

async function again(message: TopicMessage, { users, retryAfterMs }: Again): Promise<MessageAnswer> {
  if (now() - message.askedAtMs > RETRIED_MS)
    return { kind: "refused", why: "Google has not answered for an hour" };
  const tries = message.tries + 1;
  const minimumMs = PROVIDER_MINIMUM_MS.fcm ?? 0;
  const { random } = Math;
  const delayMs = backoffMs({ priority: "normal", attempt: tries, retryAfterMs, minimumMs, random });
  await sendTopic({ ...message, users, tries }, delayMs);
  return { kind: "done" };
}

const chunks = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, n) => list.slice(n * size, (n + 1) * size));
