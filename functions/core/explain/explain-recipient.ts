import type { DeviceEvidence, ExplanationAnswer } from "../api/explanation-answers.ts";
import { AppError } from "../errors/app-error.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { isWalk, type Notification, type NotificationBody } from "../notification/notification.ts";
import { type AppFacts, decide } from "../plan/decide.ts";
import { questionOf } from "../plan/plan-page.ts";
import type { PlannedJob, PlanRow } from "../plan/plan-row.ts";
import type { Recipient } from "../recipient/device.ts";
import { FINAL_STATES, type ProviderName } from "../words.ts";
import { skippedEvidence, targetEvidence } from "./evidence.ts";
import { type Found, type Place, placeOf, recordIn } from "./place-of.ts";
import { REASONS, type Reason } from "./reasons.ts";
import { nextTexts, sentences } from "./sentence.ts";

export type Texts = { en: string; zh: string };

export type ExplainPorts = {
  now(): number;
  get(app: string, id: string): Promise<Notification | undefined>;
  body(notification: Notification): Promise<NotificationBody>;
  /** The row whose page holds `key`: the last one that starts at or before it. */
  row(notification: Notification, bucket: number, key: string): Promise<PlanRow | undefined>;
  ledger(app: string, id: string, bucket: number, job: string): Promise<Ledger | undefined>;
  recipient(app: string, user: string): Promise<Recipient | undefined>;
  facts(app: string): Promise<AppFacts & { paused: boolean }>;
  /** What a provider's status and reason mean, where its table knows them. */
  codeTexts(
    provider: ProviderName,
    status: number | undefined,
    reason: string | undefined,
  ): Texts | undefined;
};

/** Everything that is known of one person and one notification. */
export type Known = {
  notification: Notification;
  user: string;
  place: Place;
  recipient: Recipient | undefined;
  /** Made of the plan row; undefined while the user's page is not planned. */
  decided: { reason: Reason; atMs: number } | undefined;
  evidence: DeviceEvidence[];
  paused: boolean;
  nowMs: number;
};

/**
 * Why a person got a notification or did not. Works for everybody: sent, passed over, not in the audience.
 * @throws AppError not_found
 */
export async function explainRecipient(
  ports: ExplainPorts,
  app: string,
  id: string,
  user: string,
): Promise<ExplanationAnswer> {
  const notification = await ports.get(app, id);
  if (notification === undefined) throw new AppError("not_found", `there is no notification ${id}`);
  const [body, recipient, facts] = await Promise.all([
    ports.body(notification),
    ports.recipient(app, user),
    ports.facts(app),
  ]);
  const place = placeOf(notification, body, user);
  const planned = place.included ? await plannedFor(ports, notification, place, user) : undefined;
  const decided = planned && decisionOf(planned, notification, recipient);
  const sent =
    typeof planned?.found === "object" ? await sentEvidence(ports, notification, planned, recipient) : [];
  const skipped = place.included ? skippedNow(notification, place, user, recipient, facts, sent) : [];
  return answer({
    notification,
    user,
    place,
    recipient,
    decided,
    evidence: [...sent, ...skipped],
    paused: facts.paused,
    nowMs: ports.now(),
  });
}

type Planned = { row: PlanRow; bucket: number; found: Found | "not there" };

async function plannedFor(
  ports: ExplainPorts,
  notification: Notification,
  place: Place & { included: true },
  user: string,
): Promise<Planned | undefined> {
  const row = await ports.row(notification, place.bucket, place.key);
  const found = row && recordIn(row, place.key, user);
  if (row === undefined || found === undefined || found === "not planned yet") return undefined;
  return { row, bucket: place.bucket, found };
}

/** A user whom the walk did not meet was not there when it came by. */
function decisionOf(
  { row, found }: Planned,
  { createdBeforeMs = 0 }: Notification,
  recipient: Recipient | undefined,
): { reason: Reason; atMs: number } {
  if (typeof found === "object") return { reason: found.record.reason, atMs: row.createdAtMs };
  const later = recipient !== undefined && recipient.createdAtMs >= createdBeforeMs;
  return { reason: later ? "joined_later" : "no_such_user", atMs: row.createdAtMs };
}

async function sentEvidence(
  ports: ExplainPorts,
  notification: Notification,
  { bucket, found }: Planned,
  recipient: Recipient | undefined,
): Promise<DeviceEvidence[]> {
  if (typeof found !== "object") return [];
  const jobs = new Map<string, PlannedJob>(found.places.map(({ job }) => [job.id, job]));
  const ledgers = new Map(
    await Promise.all(
      [...jobs.keys()].map(
        async (job) => [job, await ports.ledger(notification.app, notification.id, bucket, job)] as const,
      ),
    ),
  );
  return found.places.map(({ job, position }, index) =>
    targetEvidence({
      target: found.record.targets[index]!,
      job,
      position,
      ledger: ledgers.get(job.id),
      recipient,
      codeTexts: ports.codeTexts,
      ended: FINAL_STATES.includes(notification.state) ? notification.state : undefined,
    }),
  );
}

/** Channels and devices that are left out, by the function that decides; as things stand now. */
function skippedNow(
  notification: Notification,
  place: Place & { included: true },
  user: string,
  recipient: Recipient | undefined,
  facts: AppFacts,
  sent: readonly DeviceEvidence[],
): DeviceEvidence[] {
  const candidate = {
    user,
    ...(recipient && { recipient }),
    ...(place.onlyDevices && { onlyDevices: place.onlyDevices }),
    // A walk sends to the inbox only of those who were connected when it came by.
    ...(isWalk(notification) && { online: sent.some(({ provider }) => provider === "websocket") }),
  };
  const { skips } = decide(questionOf(notification), candidate, facts);
  const taken = (channel: string, device: string | undefined) =>
    sent.some((target) => target.channel === channel && (device === undefined || target.device === device));
  return skips
    .filter(({ channel, device }) => !taken(channel, device))
    .map((skip) => skippedEvidence(skip, recipient));
}

function answer(known: Known): ExplanationAnswer {
  const { notification, user, place, decided, evidence } = known;
  const { en, zh } = sentences(known);
  const next = nextTexts(known);
  return {
    sentence: en,
    sentenceZh: zh,
    notification: notification.id,
    user,
    state: notification.state,
    audience: { included: place.included, rule: place.rule },
    ...(decided && {
      decision: {
        reason: decided.reason,
        at: new Date(decided.atMs).toISOString(),
        text: { en: REASONS[decided.reason].en, zh: REASONS[decided.reason].zh },
      },
    }),
    evidence,
    ...(next && { next }),
  };
}
