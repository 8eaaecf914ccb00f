import type { DeviceEvidence, ExplanationAnswer } from "../api/explanation-answers.ts";
import { AppError } from "../errors/app-error.ts";
import { rungsOf } from "../ladder/rungs.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { isWalk, type Notification, type NotificationBody } from "../notification/notification.ts";
import { type AppFacts, decide } from "../plan/decide.ts";
import { questionOf } from "../plan/plan-page.ts";
import type { PlanRow } from "../plan/plan-row.ts";
import type { ReceiptEvent } from "../receipt/receipt.ts";
import type { Recipient } from "../recipient/device.ts";
import { FINAL_STATES, type ProviderName } from "../words.ts";
import { skippedEvidence, targetEvidence } from "./evidence.ts";
import { type Above, type Named, rungsAbove } from "./ladder.ts";
import { type Found, type Place, placeOf, recordIn } from "./place-of.ts";
import { REASONS, type Reason } from "./reasons.ts";
import { nextTexts, sentences } from "./sentence.ts";

export type Receipts = Partial<Record<ReceiptEvent, number>>;
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
  /** Rows of a page's climbs, in their order. */
  climbs(notification: Notification, bucket: number, page: string): Promise<PlanRow[]>;
  /** What the user's devices told, with the first time of each. */
  receipts(notification: Notification, bucket: number, user: string): Promise<Receipts>;
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
  receipts: Receipts;
  above?: Above;
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
  const known = {
    notification,
    user,
    place,
    recipient,
    decided: planned && decisionOf(planned, notification, recipient),
    paused: facts.paused,
    nowMs: ports.now(),
  };
  if (!place.included) return answer({ ...known, evidence: [], receipts: {} });
  const named = planned?.named ?? [];
  const [ledgers, receipts] = await Promise.all([
    ledgersOf(ports, notification, place.bucket, named),
    ports.receipts(notification, place.bucket, user),
  ]);
  const sent = sentEvidence(ports, notification, named, ledgers, recipient);
  const above = rungsAbove(notification, named, ledgers, Object.keys(receipts).length > 0, known.nowMs);
  const skipped = skippedNow(known, facts, sent, above);
  return answer({ ...known, evidence: [...sent, ...skipped], receipts, ...(above && { above }) });
}

type Planned = {
  /** The page's row. */
  row: PlanRow;
  found: Found | "not there";
  /** The rows that name the user: the page's, then its climbs'. */
  named: Named[];
};

async function plannedFor(
  ports: ExplainPorts,
  notification: Notification,
  place: Place & { included: true },
  user: string,
): Promise<Planned | undefined> {
  const row = await ports.row(notification, place.bucket, place.key);
  const found = row && recordIn(row, place.key, user);
  if (row === undefined || found === undefined || found === "not planned yet") return undefined;
  if (found === "not there") return { row, found, named: [] };
  const climbs = row.ladder ? await ports.climbs(notification, place.bucket, row.startKey) : [];
  const climbed = climbs.flatMap((climb): Named[] => {
    const again = recordIn(climb, place.key, user);
    return typeof again === "object" ? [{ row: climb, found: again }] : [];
  });
  return { row, found, named: [{ row, found }, ...climbed] };
}

/** A user whom the walk did not meet was not there when it came by. */
function decisionOf(
  { row, found, named }: Planned,
  { createdBeforeMs = 0 }: Notification,
  recipient: Recipient | undefined,
): { reason: Reason; atMs: number } {
  const last = named.findLast(({ found: { record } }) => record.targets.length > 0) ?? named[0];
  if (typeof found === "object" && last) {
    return { reason: last.found.record.reason, atMs: row.createdAtMs };
  }
  const later = recipient !== undefined && recipient.createdAtMs >= createdBeforeMs;
  return { reason: later ? "joined_later" : "no_such_user", atMs: row.createdAtMs };
}

async function ledgersOf(
  ports: ExplainPorts,
  { app, id }: Notification,
  bucket: number,
  named: readonly Named[],
): Promise<Map<string, Ledger>> {
  const jobs = new Set(named.flatMap(({ found }) => found.places.map(({ job }) => job.id)));
  const ledgers = await Promise.all([...jobs].map((job) => ports.ledger(app, id, bucket, job)));
  return new Map(ledgers.flatMap((ledger) => (ledger ? [[ledger.jobId, ledger] as const] : [])));
}

const sentEvidence = (
  ports: ExplainPorts,
  { state }: Notification,
  named: readonly Named[],
  ledgers: ReadonlyMap<string, Ledger>,
  recipient: Recipient | undefined,
): DeviceEvidence[] =>
  named.flatMap(({ found }) =>
    found.places.map(({ job, position }, index) =>
      targetEvidence({
        target: found.record.targets[index]!,
        job,
        position,
        ledger: ledgers.get(job.id),
        recipient,
        codeTexts: ports.codeTexts,
        ended: FINAL_STATES.includes(state) ? state : undefined,
      }),
    ),
  );

type Seen = Pick<Known, "notification" | "user" | "recipient" | "place">;

/** Channels and devices that are left out, by the function that decides, as things stand now; then the rungs above. */
function skippedNow(
  { notification, place, user, recipient }: Seen,
  facts: AppFacts,
  sent: readonly DeviceEvidence[],
  above: Above | undefined,
): DeviceEvidence[] {
  const onlyDevices = place.included ? place.onlyDevices : undefined;
  const candidate = {
    user,
    ...(recipient && { recipient }),
    ...(onlyDevices && { onlyDevices }),
    // A walk sends to the inbox only of those who were connected when it came by.
    ...(isWalk(notification) && { online: sent.some(({ provider }) => provider === "websocket") }),
  };
  const question = questionOf(notification);
  const rungs = rungsOf(notification);
  const skips = rungs.flatMap(({ channels }) => decide({ ...question, channels }, candidate, facts).skips);
  const taken = (channel: string, device: string | undefined) =>
    sent.some((target) => target.channel === channel && (device === undefined || target.device === device));
  const waiting = (above?.channels ?? [])
    .filter((channel) => !skips.some((skip) => skip.channel === channel && skip.device === undefined))
    .map((channel) => ({ channel, reason: above!.reason }));
  return [...skips.filter(({ channel, device }) => !taken(channel, device)), ...waiting].map((skip) =>
    skippedEvidence(skip, recipient),
  );
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
    receipts: Object.fromEntries(
      Object.entries(known.receipts).map(([event, atMs]) => [event, new Date(atMs).toISOString()]),
    ),
    ...(next && { next }),
  };
}
