import type { Job, WireTarget } from "../dispatch/job.ts";
import { VANISHED, withdrawn } from "../dispatch/job.ts";
import { deviceHash, jobIdOf, sha256Hex, userHash } from "../hash.ts";
import { pageOf } from "../ladder/climb-key.ts";
import { firstLookMs } from "../ladder/judge.ts";
import { type Rung, rungsOf } from "../ladder/rungs.ts";
import { rungAt } from "../ladder/standing.ts";
import { isFanOut } from "../notification/fan-out.ts";
import { heldJobs, isWalk, type Notification } from "../notification/notification.ts";
import { wants } from "../policy/preferences.ts";
import { ADDRESS_DEVICE, addressOf, isAddressChannel } from "../recipient/address.ts";
import { providerOf, suits } from "../token-kinds.ts";
import { CHANNEL_OF, type ProviderName } from "../words.ts";
import type { AppFacts, Candidate, Decision, Question } from "./decide.ts";
import { decideRungs } from "./decide-rungs.ts";
import { rulesFor } from "./job-rules.ts";
import { jobSizes } from "./pack.ts";
import { encodeRecords, locate, type PlannedJob, type PlanRow } from "./plan-row.ts";
import { inOrder } from "./road.ts";
import { addressWire, fanOutWire, inboxTarget, wireOf, wireOfTarget } from "./target-wires.ts";

export type Page = {
  bucket: number;
  startKey: string;
  nextKey: string | null;
  candidates: readonly Candidate[];
};

/** A page, and when it was read at the latest: whoever was erased or moved since must not be sent to. */
export type ReadPage = Page & { readAtMs: number };

export type PlanPagePorts = {
  /** Puts the row if its page has none; the one that stands there otherwise. */
  putRow(notification: Notification, row: PlanRow): Promise<PlanRow | undefined>;
  /** Reads the candidates of a row that an earlier worker wrote (its page may have ended elsewhere). */
  reread(page: Page, row: PlanRow): Promise<ReadPage>;
  /** All or an error: a job that was not taken by the queue must fail the page. */
  sendJobs(notification: Notification, jobs: readonly Job[]): Promise<void>;
  /** Looks after a page's ladder when its first deadline is over. */
  startLadder(notification: Notification, row: PlanRow): Promise<void>;
};

export const questionOf = (notification: Notification): Question => ({
  category: notification.category,
  channels: notification.channels,
  ...(notification.platforms && { platforms: notification.platforms }),
  ...(notification.appleRoad && { appleRoad: notification.appleRoad }),
  ...(notification.createdBeforeMs !== undefined && { createdBeforeMs: notification.createdBeforeMs }),
});

/**
 * Decides one page and hands its jobs to the queues: plan row first, then the jobs; the caller moves the cursor.
 * Repeating it after a crash makes the same jobs again, which their ledgers make harmless.
 */
export async function planPage(
  ports: PlanPagePorts,
  notification: Notification,
  facts: AppFacts,
  page: ReadPage,
): Promise<PlanRow> {
  const fresh = decidePage(notification, facts, page);
  const existing = await ports.putRow(notification, fresh);
  const row = existing ?? fresh;
  const read = existing ? await ports.reread(page, existing) : page;
  if (row.ladder) await ports.startLadder(notification, row);
  await ports.sendJobs(notification, jobsOf(notification, row, read));
  return row;
}

/** Decides everybody of a page. */
export function decidePage(notification: Notification, facts: AppFacts, page: ReadPage): PlanRow {
  const question = questionOf(notification);
  const rungs = rungsOf(notification);
  const decided = page.candidates.map((candidate) => ({
    user: candidate.user,
    candidate,
    decision: decideRungs(rungs, 0, question, candidate, facts),
  }));
  return {
    version: 1,
    bucket: page.bucket,
    startKey: page.startKey,
    nextKey: page.nextKey,
    walked: page.candidates.length,
    records: encodeRecords(decided),
    jobs: planJobs(notification, page, decided),
    ...(decided.some((one) => mayClimb(rungs, question, one, facts)) && { ladder: true }),
    createdAtMs: page.readAtMs,
  };
}

/** Whether another road leads to a device, or a rung above the chosen one to the person: otherwise nobody need ask. */
function mayClimb(
  rungs: readonly Rung[],
  question: Question,
  { candidate, decision }: { candidate: Candidate; decision: Decision },
  facts: AppFacts,
): boolean {
  if (decision.targets.some(({ otherRoad }) => otherRoad)) return true;
  if (rungs.length === 1 || decision.targets.length === 0) return false;
  const rung = rungAt(
    rungs,
    decision.targets.map(({ provider }) => provider),
  );
  return decideRungs(rungs, rung + 1, question, candidate, facts).targets.length > 0;
}

/** The jobs that carry what was decided; their targets follow from the order of the decisions. */
export function planJobs(
  notification: Pick<Notification, "app" | "id" | "rules" | "audience">,
  page: Pick<Page, "bucket" | "startKey">,
  decided: readonly { candidate: Candidate; decision: Decision }[],
): PlannedJob[] {
  const targets = new Map<ProviderName, WireTarget[]>();
  for (const { candidate, decision } of decided) {
    for (const target of decision.targets) {
      const { provider } = target;
      const wire = wireOfTarget(candidate, target);
      const list = targets.get(provider);
      if (list) list.push(wire);
      else targets.set(provider, [wire]);
    }
  }
  const { app, id, rules } = notification;
  const { bucket, startKey } = page;
  return [...targets].flatMap(([provider, list]) => {
    const { window } = rulesFor(provider, rules, isWalk(notification));
    return jobSizes(list, window).map((count, ordinal) => ({
      id: jobIdOf({ app, notification: id, bucket, startKey, provider, ordinal }),
      provider,
      count,
    }));
  });
}

/**
 * The jobs of a row with the tokens that its devices hold now; who vanished since, or does not want it any more, leaves
 * an empty position.
 */
export function jobsOf(
  notification: Notification,
  row: PlanRow,
  { candidates, readAtMs }: Pick<ReadPage, "candidates" | "readAtMs">,
): Job[] {
  const byHash = new Map(
    candidates.map((candidate) => [userHash(candidate.user).toString("base64"), candidate]),
  );
  const targets = new Map<string, WireTarget[]>(
    row.jobs.map(({ id, count }) => [id, new Array(count).fill(VANISHED)]),
  );
  for (const { record, places } of locate(row)) {
    const candidate = byHash.get(record.userHash.toString("base64"));
    const taken = new Set<string>();
    places.forEach(({ job, position }, index) => {
      const wire = candidate && targetNow(candidate, record.targets[index]!, notification, taken);
      if (wire) targets.get(job.id)![position] = wire;
    });
  }
  const digest = sha256Hex(Buffer.from(row.records).toString("base64")).slice(0, 16);
  return row.jobs.map((job, ordinal) =>
    jobMessage(notification, row, job, `${digest}.${ordinal}`, targets.get(job.id)!, readAtMs),
  );
}

/**
 * What was said since the decision shows in the reading alone: the job is younger than that.
 * @param taken devices of earlier targets of the same person: two may have one hash, and each is sent to once
 */
function targetNow(
  candidate: Candidate,
  target: { provider: ProviderName; deviceHash: number },
  { appleRoad, category }: Pick<Notification, "appleRoad" | "category">,
  taken: Set<string>,
): WireTarget | undefined {
  const { user, recipient, fanOut } = candidate;
  if (fanOut) return fanOutWire(fanOut);
  if (recipient === undefined) return undefined;
  const channel = CHANNEL_OF[target.provider];
  if (!wants(recipient.preferences, category, channel)) return withdrawn("preference_off");
  if (target.provider === "websocket") return inboxTarget(user);
  if (isAddressChannel(channel)) {
    if (recipient.unreachable?.[channel]) return withdrawn("address_unreachable");
    const address = addressOf(channel, recipient);
    return address && addressWire(candidate, ADDRESS_DEVICE[channel], address);
  }
  for (const device of recipient.devices) {
    if (deviceHash(user, device.id) !== target.deviceHash || taken.has(device.id)) continue;
    const usable = device.tokens.filter(
      (held) =>
        providerOf(held.kind) === target.provider && held.goneAtMs === undefined && suits(held, appleRoad),
    );
    const [token] = inOrder(usable, device);
    if (token === undefined) continue;
    taken.add(device.id);
    return wireOf(candidate, device.id, token);
  }
  return undefined;
}

/** Their jobs may be done by workers of version 0.1 (docs/adr/0017). */
const KNOWN_TO_0_1: ReadonlySet<ProviderName> = new Set(["apns", "fcm", "webpush", "websocket"]);

const isLone = (notification: Notification, { ladder, jobs, startKey }: PlanRow): boolean =>
  ladder === true &&
  notification.row?.startKey === startKey &&
  jobs.length === 1 &&
  firstLookMs(rungsOf(notification)) === undefined;

/**
 * Jobs of other providers, for tokens of another purpose or for no tokens at all, with a body that it would not find, and
 * those of whose people somebody may climb, are left waiting by workers of version 0.1: they would not ask for the climb.
 */
const versionOf = (notification: Notification, { ladder }: PlanRow, provider: ProviderName): 1 | 2 =>
  KNOWN_TO_0_1.has(provider) &&
  !notification.appleRoad &&
  !isFanOut(notification) &&
  !ladder &&
  !notification.bodyAt
    ? 1
    : 2;

function jobMessage(
  notification: Notification,
  row: PlanRow,
  planned: PlannedJob,
  digest: string,
  targets: WireTarget[],
  plannedAtMs: number,
): Job {
  const walk = isWalk(notification);
  return {
    v: versionOf(notification, row, planned.provider),
    kind: "job",
    app: notification.app,
    notification: notification.id,
    bucket: row.bucket,
    id: planned.id,
    channel: CHANNEL_OF[planned.provider],
    provider: planned.provider,
    priority: notification.priority,
    category: notification.category,
    rules: rulesFor(planned.provider, notification.rules, walk),
    digest,
    createdAtMs: notification.createdAtMs,
    ...(notification.sendAtMs !== undefined && { sendAtMs: notification.sendAtMs }),
    expiresAtMs: notification.expiresAtMs,
    plannedAtMs,
    hops: 0,
    ...(notification.row && { ofJobs: heldJobs(notification.row) }),
    ...(row.ladder && { page: pageOf(row.startKey) }),
    ...(isLone(notification, row) && { lone: true }),
    walk,
    ...(notification.traceparent && { traceparent: notification.traceparent }),
    targets,
  };
}
