import type { Job } from "../dispatch/job.ts";
import { userHash } from "../hash.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Notification, Progress } from "../notification/notification.ts";
import type { AppFacts } from "../plan/decide.ts";
import { jobsOf, planJobs, questionOf, type ReadPage } from "../plan/plan-page.ts";
import { encodeRecords, locate, type PlannedJob, type PlanRow } from "../plan/plan-row.ts";
import { FINAL_STATES } from "../words.ts";
import { climbKey, climbName } from "./climb-key.ts";
import { type ClimbDecisions, type Climbers, type Climbing, decideClimbs } from "./decide-climbs.ts";
import { firstLookMs, type Judgement, judge } from "./judge.ts";
import { type Rung, rungsOf } from "./rungs.ts";
import { mayDetour, type Standing, standingAfter } from "./standing.ts";

/** Message on `plan-{priority}`: look who of a page has to be tried by another road or on the next rung. */
export type ClimbMessage = {
  /** Version 0.1 knows no ladders: its workers leave it waiting. */
  v: 2;
  kind: "climb";
  app: string;
  notification: string;
  bucket: number;
  /** The page, by its start key. */
  page: string;
  /** Looks again when somebody's time is over; without it a job's end asks. */
  timer?: true;
  traceparent?: string;
};

/** One page whose people may climb. */
export type LadderPage = { notification: Notification; bucket: number; page: string };

export type ClimbPorts = {
  now(): number;
  get(app: string, id: string): Promise<Notification | undefined>;
  /** Undefined when the app was removed since. @throws Error when it is missing otherwise */
  facts(of: Notification): Promise<(AppFacts & { paused: boolean }) | undefined>;
  /** The page's plan row first, then the rows of its climbs in their order; none while the page is not planned. */
  rows(place: LadderPage): Promise<PlanRow[]>;
  /** Puts a climb's row; false when another one has its place. */
  putClimb(notification: Notification, row: PlanRow): Promise<boolean>;
  ledgers(place: LadderPage, jobs: readonly PlannedJob[]): Promise<ReadonlyMap<string, Ledger>>;
  /** The people of the page as they stand now. */
  read(place: LadderPage, base: PlanRow): Promise<ReadPage>;
  /** Of these people, those who have sent a receipt or acknowledged their inbox so far. */
  acknowledged(place: LadderPage, users: readonly string[]): Promise<ReadonlySet<string>>;
  sendJobs(notification: Notification, jobs: readonly Job[]): Promise<void>;
  progress(place: LadderPage): Promise<Progress | undefined>;
  /** Counts a climb's jobs, once. */
  addClimb(place: LadderPage, row: PlanRow): Promise<void>;
  /** Nobody of the page climbs any more: closes what holds the notification open, once. */
  closeLadder(place: LadderPage): Promise<void>;
};

export type ClimbAnswer = { kind: "done" } | { kind: "wait"; untilMs: number };

const DONE: ClimbAnswer = { kind: "done" };
const PAUSE_LOOK_MS = 5_000;

/**
 * Tries those people of a page on the next rung whose last one failed or was not acknowledged in time, and before that
 * the devices that refused by another provider. Each road and each rung is tried once for each person: who climbs stands
 * in a row of its own, put before its jobs are sent and in a fixed order, so that of two workers the second finds the
 * first one's row and looks again.
 */
export async function climbPage(ports: ClimbPorts, message: ClimbMessage): Promise<ClimbAnswer> {
  const found = await ports.get(message.app, message.notification);
  if (found === undefined || FINAL_STATES.includes(found.state)) return DONE;
  if (ports.now() >= found.expiresAtMs) return DONE; // the reconciler writes what is open expired
  const notification = { ...found, traceparent: message.traceparent ?? found.traceparent };
  const place: LadderPage = { notification, bucket: message.bucket, page: message.page };
  const facts = await ports.facts(notification);
  if (facts === undefined) return DONE; // what is open ends with its time to live
  if (facts.paused) return { kind: "wait", untilMs: ports.now() + PAUSE_LOOK_MS };
  const rows = await ports.rows(place);
  const [base] = rows;
  if (!base?.ladder) return DONE;
  await finishLast(ports, place, rows);
  const rungs = rungsOf(notification);
  const people = judgeAll(rungs, await standingsOf(ports, place, rungs, rows), ports.now());
  // Their new standing is looked at at once; so is that of whom another worker was quicker with.
  if (await climb(ports, { place, rows, rungs, facts, timer: message.timer === true }, people))
    return { kind: "wait", untilMs: ports.now() };
  return rest(ports, place, rungs, people, message);
}

type Look = {
  place: LadderPage;
  rows: readonly PlanRow[];
  rungs: readonly Rung[];
  facts: AppFacts;
  timer: boolean;
};

/** Decides those who climb; false where all of them are better decided later, which is noted in `people`. */
async function climb(ports: ClimbPorts, look: Look, people: People): Promise<boolean> {
  const { place, rows, rungs, facts } = look;
  const { climbing } = people;
  const all = [...climbing.values()].map(({ standing }) => standing);
  // The page is not read by every timer for those whom the end of another job asks about.
  const isPressing = [...climbing.values()].some(
    ({ kind, standing }) => !look.timer || kind === "climbs" || !mayDetour(standing),
  );
  let later = all;
  if (isPressing) {
    const read = await ports.read(place, rows[0]!);
    const nowMs = ports.now();
    const question = questionOf(place.notification);
    const acknowledged = await acknowledgedOf(ports, place, read, climbing);
    const decided = decideClimbs({ question, rungs, facts, nowMs }, climbing, read, acknowledged);
    if (decided.people.length + decided.gone.length > 0) {
      const row = climbRow(place, { seat: rows.length, decided, nextKey: read.nextKey, nowMs });
      if (await ports.putClimb(place.notification, row)) await send(ports, place, row, read);
      return true;
    }
    later = decided.later;
  }
  for (const standing of later) waitForDetour(people, rungs, standing, ports.now());
  return false;
}

/** Their rung may be over without it: they wait all the same. */
function waitForDetour(people: People, rungs: readonly Rung[], standing: Standing, nowMs: number): void {
  const judged = judge(rungs, { ...standing, withoutDetours: true }, nowMs);
  waitFor(people, rungs, standing, judged.kind === "ends" ? { kind: "open" } : judged);
}

type People = {
  climbing: Climbers;
  /** When the next person's time is over. */
  untilMs: number;
  /** Whether anybody may still climb. */
  open: boolean;
  /** Whether somebody's time can be over: on the last rung jobs' ends alone decide. */
  timed: boolean;
};

function judgeAll(rungs: readonly Rung[], standings: ReadonlyMap<string, Standing>, nowMs: number): People {
  const people: People = {
    climbing: new Map(),
    untilMs: Number.POSITIVE_INFINITY,
    open: false,
    timed: false,
  };
  for (const [hash, standing] of standings) {
    const judged = judge(rungs, standing, nowMs);
    if (isClimb(judged)) people.climbing.set(hash, { kind: judged.kind, standing });
    else waitFor(people, rungs, standing, judged);
  }
  return people;
}

/** Notes that somebody is waited for, if so, and until when. */
function waitFor(people: People, rungs: readonly Rung[], { rung }: Standing, judged: Judgement): void {
  if (judged.kind === "waits") people.untilMs = Math.min(people.untilMs, judged.untilMs);
  if (judged.kind !== "waits" && judged.kind !== "open") return;
  people.open = true;
  people.timed ||= judged.kind === "waits" || rungs[rung + 1] !== undefined;
}

const isClimb = (judged: Judgement): judged is Judgement & Pick<Climbing, "kind"> =>
  judged.kind === "climbs" || judged.kind === "detours";

/** Where each person of the page stands, by the rows that name them. */
async function standingsOf(
  ports: ClimbPorts,
  place: LadderPage,
  rungs: readonly Rung[],
  rows: readonly PlanRow[],
): Promise<Map<string, Standing>> {
  const jobs = rows.flatMap((row) => row.jobs);
  const ledgers = await ports.ledgers(place, jobs);
  const standings = new Map<string, Standing>();
  for (const row of rows) {
    for (const { record, places } of locate(row)) {
      const user = record.userHash.toString("base64");
      const step = { record, places, decidedAtMs: row.createdAtMs };
      standings.set(user, standingAfter(rungs, standings.get(user), step, ledgers));
    }
  }
  return standings;
}

/** Who of the climbing have told that it arrived, though not by what their devices' jobs say. */
const acknowledgedOf = (ports: ClimbPorts, place: LadderPage, { candidates }: ReadPage, climbing: Climbers) =>
  ports.acknowledged(
    place,
    candidates.map(({ user }) => user).filter((user) => climbing.has(userHash(user).toString("base64"))),
  );

type Climbed = { seat: number; decided: ClimbDecisions; nextKey: string | null; nowMs: number };

function climbRow(
  { notification, bucket, page }: LadderPage,
  { seat, decided, nextKey, nowMs }: Climbed,
): PlanRow {
  const startKey = climbKey(page, seat);
  const { people, gone } = decided;
  return {
    version: 1,
    bucket,
    startKey,
    nextKey,
    walked: people.length + gone.length,
    records: encodeRecords([...people, ...gone]),
    jobs: planJobs(notification, { bucket, startKey }, people),
    ladder: true,
    createdAtMs: nowMs,
  };
}

async function send(ports: ClimbPorts, place: LadderPage, row: PlanRow, read: ReadPage): Promise<void> {
  if (row.jobs.length > 0) await ports.sendJobs(place.notification, jobsOf(place.notification, row, read));
  await ports.addClimb(place, row);
}

/** A worker may have died between putting the last climb's row and sending its jobs. */
async function finishLast(ports: ClimbPorts, place: LadderPage, rows: readonly PlanRow[]): Promise<void> {
  const last = rows.length > 1 ? rows.at(-1) : undefined;
  if (last === undefined) return;
  const progress = await ports.progress(place);
  if (progress?.climbs?.has(climbName(last.startKey))) return;
  await send(ports, place, last, await ports.read(place, rows[0]!));
}

/** Nobody climbs now: the ladder is over, or somebody's time will be. */
async function rest(
  ports: ClimbPorts,
  place: LadderPage,
  rungs: readonly Rung[],
  { open, timed, untilMs }: People,
  { timer }: ClimbMessage,
): Promise<ClimbAnswer> {
  if (!open) {
    await ports.closeLadder(place);
    return DONE;
  }
  const lookMs = firstLookMs(rungs);
  // Without deadlines the jobs' ends are enough; with some, one message goes on until nobody waits.
  if (!timer || !timed || lookMs === undefined) return DONE;
  return { kind: "wait", untilMs: Number.isFinite(untilMs) ? untilMs : ports.now() + lookMs };
}
