import type { Rung } from "../ladder/rungs.ts";
import type { JobRules } from "../ledger/ledger.ts";
import type { PlanRow } from "../plan/plan-row.ts";
import type { AppleRoad } from "../token-kinds.ts";
import type { Channel, NotificationState, Platform, Priority } from "../words.ts";
import type { Content } from "./content.ts";
import type { FanOutKind } from "./fan-out.ts";
import type { Audience } from "./request.ts";

export type AudienceKind = "users" | "devices" | "everyone" | FanOutKind;

/** What a notification says and to whom: written before its header, never changed after it went out. */
export type NotificationBody = {
  to: Audience;
  content: Content;
  /** ttl 0: providers deliver it now or never. */
  atOnce?: true;
  /** Whether its mail can be switched off with one click, where the app says so of its category. */
  unsubscribe?: boolean;
};

/**
 * The small item whose conditional put accepts a notification. Everything that changes about the whole of it
 * stands here; everything about its parts stands in the rows of its buckets.
 */
export type Notification = {
  version: 1;
  app: string;
  id: string;
  state: NotificationState;
  /** Raised by every change before it fires; a schedule of an older revision is void. */
  revision: number;
  /** SHA-256 of the request: the same id with another body is refused. */
  fingerprint: string;
  /** Of the request that wrote it: a write whose answer was lost, and which was repeated, finds its own. */
  attempt?: string;
  createdAtMs: number;
  sendAtMs?: number;
  expiresAtMs: number;
  category: string;
  priority: Priority;
  channels: Channel[];
  /** What is tried behind `channels`; unset where nothing is. */
  ladder?: Rung[];
  platforms?: Platform[];
  /** Set where it is not for the ordinary tokens of Apple's devices. */
  appleRoad?: AppleRoad;
  audience: AudienceKind;
  /** Recipients named, 1 for what a provider fans out; undefined for everyone. */
  recipients?: number;
  /** Everyone: users created before this are in the audience. Unset until it fires. */
  createdBeforeMs?: number;
  rules: JobRules;
  /** Parts the plan is made in; 1 for lists, up to 256 walkers for everyone. Unset until the walk is split. */
  buckets?: number;
  /** Buckets whose jobs are all closed. */
  doneBuckets: number[];
  traceparent?: string;
  /** Small bodies live in the header; larger ones in `bodyChunks` items. */
  body?: NotificationBody;
  bodyChunks: number;
  /** Where those items lie: the attempt that wrote them. Unset: 0.1 did, at the place of the revision. */
  bodyAt?: string;
  /** A short list is decided before it is accepted: its one plan row stands here, and its jobs close here. */
  row?: PlanRow;
  /** How far such a list is. */
  progress?: Progress;
  completedAtMs?: number;
  /** When the reconciler has to look at it next, and what for; unset once nothing can go wrong any more. */
  due?: { atMs: number; step: number; what: DueWork };
};

/** A header that is about to be written, under a name that no other request has. */
export type Attempt = Notification & { attempt: string };

/** What a header holds of its body. */
export type StoredBody = Pick<Notification, "body" | "bodyChunks" | "bodyAt">;

/** plan: its plan message may be missing; expire: its time to live may end before its jobs do. */
export type DueWork = "plan" | "expire";

/** Message on `plan-{priority}`: one bucket of one notification is to be planned (on). */
export type PlanMessage = {
  /** 2: version 0.1 would send it to the ordinary tokens, or does not know its audience, or where its body lies. */
  v: 1 | 2;
  kind: "plan";
  app: string;
  notification: string;
  revision: number;
  /** Undefined: decide how many walkers there are and send a message for each. */
  bucket?: number;
  traceparent?: string;
};

/** How far a bucket is, planned by one side and closed by the other. */
export type Progress = {
  bucket: number;
  /** Start of the next page; null = planned to the end. */
  cursor: string | null;
  /** Jobs handed to the queues. */
  planned: number;
  /** Targets of those jobs. */
  targets: number;
  closed: number;
  /** Pages whose ladder is open: a climb's jobs may have closed before they were counted in `planned`. */
  held: number;
  /** Jobs whose outcomes are in the counts, by their short names. */
  closedJobs: ReadonlySet<string>;
  walked: number;
  planDone: boolean;
  /** `${channel}.${provider}.${mark}` -> targets */
  counts: Record<string, number>;
  /** The write that closed the last job has ended the notification as well. */
  ended?: true;
  /** The write that it comes from has counted a job, which had not been before. */
  counted?: true;
  /** Climbs whose jobs are counted in `planned`, by their names (core/ladder/climb-key.ts). */
  climbs?: ReadonlySet<string>;
};

/** Jobs that a page counts before anybody has climbed: with a ladder one more, which closes when nobody can any more. */
export const heldJobs = ({ jobs, ladder }: Pick<PlanRow, "jobs" | "ladder">): number =>
  jobs.length + (ladder ? 1 : 0);

/** 48 bits of a job's id name it among the thousand jobs of a bucket: their set is written with every one of them. */
export const shortJobId = (jobId: string): string => jobId.slice(0, 8);

export const isClosed = (progress: Progress | undefined, jobId: string): boolean =>
  progress?.closedJobs.has(shortJobId(jobId)) === true;

export const isWalk = (notification: Pick<Notification, "audience">): boolean =>
  notification.audience === "everyone";
