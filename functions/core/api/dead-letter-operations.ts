import * as z from "zod/mini";
import type { LetterSummary } from "../dead-letters/dead-letter.ts";
import type { Operation } from "./operation.ts";

const ADMIN = { admin: true } as const;
const DEFAULT_MAX = 100;
const LIMIT = 1_000;

/** Body of POST /v1/dead-letters/{consumer}/redrive. */
export const RedriveInput = z.strictObject({
  /** As many letters as are looked at, 1 to 1,000. */
  max: z._default(z.int().check(z.gte(1), z.lte(LIMIT)), DEFAULT_MAX),
  /** What becomes of letters that cannot go back to a queue: poison copies and what is not readable. */
  stuck: z._default(z.enum(["keep", "delete"]), "keep"),
});
export type RedriveInput = z.infer<typeof RedriveInput>;

const Letter = z.object({
  id: z.string(),
  /** job, plan, climb, fired, judge, welcome, catchUp, poison, receipts, text, topic, unreadable or unknown. */
  kind: z.string(),
  /** Queue that it goes back to. */
  from: z.optional(z.string()),
  app: z.optional(z.string()),
  notification: z.optional(z.string()),
  job: z.optional(z.string()),
  channel: z.optional(z.string()),
  provider: z.optional(z.string()),
  targets: z.optional(z.int()),
  bytes: z.int(),
  sentAt: z.string(),
  /** Why it cannot go back. */
  stuck: z.optional(z.enum(["poison", "unreadable", "unknown_queue"])),
});

/** GET /v1/dead-letters/{consumer}: up to ten of them, as SQS hands them out. */
export const DeadLettersAnswer = z.object({ letters: z.array(Letter) });

export const RedriveAnswer = z.object({
  /** Sent back to the queue they came from. */
  redriven: z.int(),
  /** Stuck ones: deleted or kept, as was asked for. */
  deleted: z.int(),
  kept: z.int(),
});

export const letterAnswer = ({ sentAtMs, ...letter }: LetterSummary) => ({
  ...letter,
  sentAt: new Date(sentAtMs).toISOString(),
});

export const DEAD_LETTER_OPERATIONS = [
  {
    id: "getDeadLetters",
    fn: "manage",
    method: "GET",
    path: "/v1/dead-letters/{consumer}",
    summary: "Up to ten dead letters of a consumer (ingest, plan or a channel): ids and counts, no contents",
    access: ADMIN,
    status: 200,
    answer: DeadLettersAnswer,
  },
  {
    id: "redriveDeadLetters",
    fn: "manage",
    method: "POST",
    path: "/v1/dead-letters/{consumer}/redrive",
    summary: "Send a consumer's dead letters back to their queues",
    access: ADMIN,
    body: RedriveInput,
    status: 200,
    answer: RedriveAnswer,
  },
] as const satisfies readonly Operation[];
