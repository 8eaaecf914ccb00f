import type { App } from "../core/app/app.ts";
import { AppError } from "../core/errors/app-error.ts";
import { refuses } from "../core/load/load-level.ts";
import type { AcceptPorts } from "../core/notification/accept.ts";
import type { Notification } from "../core/notification/notification.ts";
import type { SendRequest } from "../core/notification/request.ts";
import { decideInline, type InlinePlan } from "../core/plan/plan-inline.ts";
import { bodyStore } from "../storage/bodies.ts";
import { headerStore } from "../storage/headers.ts";
import { type Load, loadStore } from "../storage/load.ts";
import { appFacts } from "./apps.ts";
import { cached } from "./cached.ts";
import { now, tableOf } from "./clients.ts";
import { log } from "./log.ts";
import { metric } from "./metrics.ts";
import { newId } from "./new-id.ts";
import { guardPayload } from "./payload-guard.ts";
import { enqueuePlan, planPorts, targetsOf } from "./planning.ts";
import { guardRecipients } from "./rate-limits.ts";
import { createSchedule, deleteSchedule } from "./schedules.ts";
import { type SpanFacts, span } from "./spans.ts";

/** A short list is decided inside the request for at most this long. */
const INLINE_MS = 1_000;
const RETRY_AFTER_S = 30;
/** The reconciler writes it every minute. */
const LOAD_GOOD_FOR_MS = 300_000;

const load = cached<Load | undefined>(5_000, () => loadStore(tableOf("guard")).read(), { now });

export function acceptPorts(): AcceptPorts {
  const plan = { ...planPorts(), facts: appFacts };
  const delivery = tableOf("delivery");
  return {
    now,
    newId,
    newAttempt: newId,
    headers: headerStore(delivery, now),
    bodies: bodyStore(delivery),
    admit,
    guardPayload,
    enqueuePlan,
    schedule: createSchedule,
    deleteSchedule,
    decideInline: (notification, body) =>
      decideInSpan(notification, () => inTime(notification, decideInline(plan, notification, body))),
    sendJobs: plan.sendJobs,
    startLadder: plan.startLadder,
    report: (error, { app, id }) => log.error("accepted, not yet planned", error, { app, notification: id }),
  };
}

/** A decision as a span below the acceptance; the jobs that come from it are below the decision. */
function decideInSpan(
  { app, id, traceparent }: Notification,
  decide: () => Promise<InlinePlan | undefined>,
): Promise<InlinePlan | undefined> {
  const facts: SpanFacts = { app, notification: id };
  return span({ name: "plan", parent: traceparent, facts }, async (own) => {
    const plan = await decide();
    if (plan === undefined) return undefined;
    facts.targets = facts.accepted = targetsOf(plan.row);
    return { ...plan, traceparent: own };
  });
}

/** A decision that fails or takes longer than a second is left to the queue. */
async function inTime(
  { app, id }: Notification,
  decision: Promise<InlinePlan | undefined>,
): Promise<InlinePlan | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), INLINE_MS);
  const told = decision.catch((error) => {
    log.error("inline plan failed; the queue takes it up", error, { app, notification: id });
    return undefined;
  });
  return Promise.race([told, late]).finally(() => clearTimeout(timer));
}

/** Low is refused from a medium load on, normal from a high one; high is always taken. */
async function admit(app: App, request: SendRequest, notification: Notification): Promise<void> {
  const told = await load.get("load");
  // What nobody has renewed says nothing any more: it must not refuse for ever.
  const level = told && now() - told.atMs < LOAD_GOOD_FOR_MS ? told.level : "normal";
  const { priority } = notification;
  if (refuses(level, priority)) {
    metric("rejections", 1, { dimensions: { priority, level }, by: [[], ["priority", "level"]] });
    throw new AppError("overloaded", `load is ${level}: ${priority} priority is refused for now`, {
      retryAfterS: RETRY_AFTER_S,
    });
  }
  await guardRecipients(app, request);
}
