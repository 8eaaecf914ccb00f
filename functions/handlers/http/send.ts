import { SEND_OPERATIONS } from "../../core/api/send-operations.ts";
import { AppError } from "../../core/errors/app-error.ts";
import { parse } from "../../core/errors/parse.ts";
import { type Accepted, acceptNotification } from "../../core/notification/accept.ts";
import { channelsAskedFor } from "../../core/notification/accept-warnings.ts";
import type { Notification } from "../../core/notification/notification.ts";
import { Id, SendRequest } from "../../core/notification/request.ts";
import { smsEstimate } from "../../core/notification/sms-estimate.ts";
import type { TopicAction, TopicRequest } from "../../core/notification/topic-change.ts";
import { acceptedAnswer } from "../../platform/accepted-answer.ts";
import { acceptPorts } from "../../platform/accepting.ts";
import { askTopic } from "../../platform/asking-topics.ts";
import { authoriseKey, type Caller } from "../../platform/auth.ts";
import { bodyOf, type HttpRequest, httpHandler } from "../../platform/http.ts";
import { metrics } from "../../platform/metrics.ts";
import { targetsOf } from "../../platform/planning.ts";
import { problemOf } from "../../platform/problem.ts";
import { countAppRequest } from "../../platform/rate-limits.ts";
import { type SpanFacts, span } from "../../platform/spans.ts";
import { warningsOf } from "../../platform/warnings.ts";

const ports = acceptPorts();
/** Entries of a batch under way at once: their writes share one environment's connections. */
const BATCH_CONCURRENCY = 10;

async function acceptOne(request: SendRequest, { app }: Caller, traceparent: string) {
  const facts: SpanFacts = { app: app.id, ...(request.id && { notification: request.id }) };
  return span({ name: "accept", parent: traceparent, facts }, async (own) => {
    const accepted = await acceptNotification(ports, app, request, own);
    Object.assign(facts, acceptedFacts(accepted));
    if (!accepted.replayed) observe(app.id, accepted.notification);
    const { notification, body } = accepted;
    const warnings = await warningsOf(app, request, notification, body);
    const textsGoOut = channelsAskedFor(request, notification).includes("sms");
    const sms = textsGoOut ? smsEstimate(app, request.content) : undefined;
    return { ...accepted, answer: acceptedAnswer(notification, { warnings, sms }) };
  });
}

/** Targets are known where the list is short; the others are counted where they are planned. */
function acceptedFacts({ notification: { id, recipients, row }, replayed }: Accepted): Partial<SpanFacts> {
  const targets = row && targetsOf(row);
  return { notification: id, recipients, ...(!replayed && { targets, accepted: targets }) };
}

function observe(app: string, notification: Notification): void {
  const { id, priority, audience, recipients, channels, traceparent } = notification;
  metrics([{ name: "accepted", value: 1, by: [[], ["priority"]] }], {
    level: "info",
    message: "notification accepted",
    time: new Date().toISOString(),
    app,
    notification: id,
    priority,
    audience,
    channels: channels.join(" "),
    ...(traceparent && { traceparent }),
    ...(recipients !== undefined && { recipients }),
  });
}

/** The id of the body, or of the `Idempotency-Key` header. @throws AppError invalid_request when they differ */
function withKey(request: SendRequest, { headers }: HttpRequest): SendRequest {
  const key = headers["idempotency-key"];
  if (key === undefined) return request;
  const id = parse(Id, key);
  if (request.id !== undefined && request.id !== id) {
    throw new AppError("invalid_request", "/id: differs from the Idempotency-Key header");
  }
  return { ...request, id };
}

const changeTopic =
  (action: TopicAction) =>
  async (request: HttpRequest, { app }: Caller) => ({
    body: await askTopic(app, action, bodyOf<TopicRequest>(request), request.traceparent),
  });

export const handler = httpHandler<Caller>({
  operations: SEND_OPERATIONS,
  authorise: authoriseKey,
  handles: {
    subscribeTopic: changeTopic("subscribe"),
    unsubscribeTopic: changeTopic("unsubscribe"),

    async sendNotification(request, caller) {
      const { answer, replayed } = await acceptOne(
        withKey(bodyOf(request), request),
        caller,
        request.traceparent,
      );
      return { body: answer, ...(replayed && { headers: { "Idempotent-Replayed": "true" } }) };
    },

    async sendNotifications(request, caller) {
      const { notifications } = bodyOf<{ notifications: unknown[] }>(request);
      const results = new Array<object>(notifications.length);
      let next = 0;
      const worker = async () => {
        while (next < notifications.length) {
          const index = next++;
          results[index] = await entry(notifications[index], index, caller, request);
        }
      };
      await Promise.all(Array.from({ length: BATCH_CONCURRENCY }, worker));
      const accepted = results.filter((result) => "accepted" in result).length;
      return { body: { totals: { accepted, refused: results.length - accepted }, results } };
    },
  },
});

/** One entry's fault is its own answer; a failure of the platform is told the same way, so that it can be repeated. */
async function entry(input: unknown, index: number, caller: Caller, request: HttpRequest): Promise<object> {
  try {
    // The first one is the request's own use of its app's rate: a batch is no way around it.
    if (index > 0) await countAppRequest(caller.app);
    const { answer } = await acceptOne(parse(SendRequest, input), caller, request.traceparent);
    return { index, status: 202, accepted: answer };
  } catch (error) {
    const { problem } = problemOf(error, request.requestId);
    return { index, status: problem.status, problem };
  }
}
