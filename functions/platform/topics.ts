import type { Context } from "aws-lambda";
import { backoffMs, PROVIDER_MINIMUM_MS } from "../core/dispatch/backoff.ts";
import { timeToSend } from "../core/dispatch/dispatch-job.ts";
import type { Outcome } from "../core/dispatch/outcome.ts";
import { type Follower, followersOf, type TopicMessage } from "../core/notification/topic-change.ts";
import { fcmTopics, TOKENS_AT_ONCE } from "../providers/fcm/topics.ts";
import { recipientStore } from "../storage/recipients.ts";
import { sharedTokenStore } from "../storage/shared-tokens.ts";
import { afterStepPorts } from "./after-step-ports.ts";
import { isPaused } from "./apps.ts";
import { sendTopic } from "./asking-topics.ts";
import { now, tableOf } from "./clients.ts";
import { ownEgress } from "./egress.ts";
import { settings } from "./env.ts";
import { log } from "./log.ts";
import { metric } from "./metrics.ts";
import type { MessageAnswer } from "./queue-handler.ts";
import { sourceOf } from "./sources/source.ts";

const PAUSE_LOOK_MS = 5_000;
/** With a minute between them at most: Google says to give up after an hour. */
const MOST_TRIES = 60;
/** Keys of one BatchGetItem. */
const READ_AT_ONCE = 100;

const source = sourceOf("fcm", (app, credentials) =>
  fcmTopics({
    app,
    credentials,
    open: ownEgress(),
    tokens: sharedTokenStore(tableOf("guard"), now),
    now,
  }),
);

type Judged = { follower: Follower; outcome: Outcome };

/** Makes the registration tokens of people follow a topic, or not any more; repeating it changes nothing. */
export async function changeTopic(message: TopicMessage, context: Context): Promise<MessageAnswer> {
  const { app, topic, action } = message;
  if (await isPaused(app, "mobilePush", "fcm")) return later(message, PAUSE_LOOK_MS);
  if (!timeToSend(context.getRemainingTimeInMillis(), settings())) return later(message, 0);
  const topics = await source(app);
  if ("missing" in topics)
    return { kind: "refused", why: `no topics without credentials: ${topics.missing}` };
  const followers = followersOf(await readAll(app, message.users));
  const deadlineMs = now() + settings().providerDeadlineMs;
  const judged = await Promise.all(
    chunks(followers, TOKENS_AT_ONCE).map(async (some): Promise<Judged[]> => {
      const tokens = some.map(({ token }) => token);
      const outcomes = await topics.change(action, topic, tokens, deadlineMs);
      const all = some.map((follower, index) => ({ follower, outcome: outcomes[index]! }));
      await judgeTokens(app, all);
      return all;
    }),
  );
  return settle(message, judged.flat());
}

const later = (message: TopicMessage, afterMs: number): MessageAnswer => ({
  kind: "again",
  afterMs,
  resend: { body: message, group: message.app },
});

async function readAll(app: string, users: readonly string[]) {
  const { list } = recipientStore(tableOf("directory"));
  const read = await Promise.all(chunks(users, READ_AT_ONCE).map((some) => list(app, some, true)));
  return read.flat();
}

/** Bad tokens are judged with those that sends find: a burst of them is a wrong configuration. */
async function judgeTokens(app: string, judged: readonly Judged[]): Promise<void> {
  const { judgeLater, countResults } = afterStepPorts();
  const answered = judged.filter(({ outcome }) => outcome.kind === "accepted" || outcome.kind === "gone");
  const suspects = answered
    .filter(({ outcome }) => outcome.kind === "gone")
    .map(({ follower, outcome: { reason = "gone" } }) => ({ ...follower, reason, atMs: now() }));
  const of = { app, provider: "fcm" } as const;
  if (suspects.length > 0) await judgeLater(of, suspects, answered.length);
  else await countResults(of, answered.length);
}

const OPEN: ReadonlySet<Outcome["kind"]> = new Set(["retry", "throttled", "unknown"]);

async function settle(message: TopicMessage, judged: readonly Judged[]): Promise<MessageAnswer> {
  const { app, topic, action } = message;
  const count = (kind: Outcome["kind"]) => judged.filter(({ outcome }) => outcome.kind === kind).length;
  const open = judged.filter(({ outcome }) => OPEN.has(outcome.kind));
  const facts = { accepted: count("accepted"), gone: count("gone"), open: open.length };
  const reason = judged.find(({ outcome }) => outcome.kind !== "accepted")?.outcome.reason;
  log.info("topic changed", { app, topic, action, ...facts, ...(reason && { reason }) });
  if (count("misconfigured") > 0) {
    metric("misconfigured", count("misconfigured"));
    return { kind: "refused", why: `Google refuses the app's credentials: ${reason}` };
  }
  // A token's own refusal (too many topics) is told by the line above; all of them say that the request is wrong.
  if (judged.length > 0 && count("rejected") === judged.length)
    return { kind: "refused", why: `Google refuses the topic's change: ${reason}` };
  return open.length === 0 ? { kind: "done" } : again(message, open);
}

/** Those alone that Google did not answer for. */
async function again(message: TopicMessage, open: readonly Judged[]): Promise<MessageAnswer> {
  const tries = message.tries + 1;
  if (tries > MOST_TRIES) return { kind: "refused", why: "Google has not answered for an hour" };
  const retryAfterMs = Math.max(...open.map(({ outcome }) => outcome.retryAfterMs ?? 0));
  const minimumMs = PROVIDER_MINIMUM_MS.fcm ?? 0;
  const delayMs = backoffMs({
    priority: "normal",
    attempt: tries,
    retryAfterMs,
    minimumMs,
    random: Math.random,
  });
  const users = [...new Set(open.map(({ follower }) => follower.user))];
  await sendTopic({ ...message, users, tries }, delayMs);
  return { kind: "done" };
}

const chunks = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, n) => list.slice(n * size, (n + 1) * size));
