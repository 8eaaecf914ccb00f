import * as z from "zod/mini";
import { STATES } from "../words.ts";

/*
 * Answers are checked by tests and told by the OpenAPI document: a function that starts has no use for them, so they are
 * made when somebody asks (`z.lazy`).
 */

/** 202 of POST /v1/notifications. */
export const AcceptedAnswer = z.lazy(() =>
  z.object({
    id: z.string(),
    state: z.enum(STATES),
    recipients: z.union([z.int(), z.literal("counting")]),
    /** When the first target is expected to reach its provider (RFC 3339). */
    estimatedDelivery: z.string(),
    /** What is accepted and will not be as it was written: texts that a vendor cuts, channels without a provider. */
    warnings: z.optional(z.array(z.string())),
    /** What a text message is to one person where the request asks for some: its parts and price, in dollars. */
    estimate: z.optional(
      z.object({
        sms: z.object({
          encoding: z.enum(["gsm7", "ucs2"]),
          parts: z.int(),
          usd: z.optional(z.object({ least: z.number(), most: z.number() })),
        }),
      }),
    ),
    links: z.record(z.string(), z.string()),
  }),
);
export type AcceptedAnswer = z.infer<typeof AcceptedAnswer>;

export const FieldErrorAnswer = z.lazy(() => z.object({ pointer: z.string(), detail: z.string() }));

/** RFC 9457 problem document. */
export const ProblemAnswer = z.lazy(() =>
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    requestId: z.string(),
    errors: z.optional(z.array(FieldErrorAnswer)),
  }),
);

/** One entry of POST /v1/notifications:batch. */
export const BatchEntryAnswer = z.lazy(() =>
  z.object({
    index: z.int(),
    status: z.int(),
    accepted: z.optional(AcceptedAnswer),
    problem: z.optional(ProblemAnswer),
  }),
);

export const BatchAnswer = z.lazy(() =>
  z.object({
    totals: z.object({ accepted: z.int(), refused: z.int() }),
    results: z.array(BatchEntryAnswer),
  }),
);

/** Answer of a bulk request: one entry per line, by its index (0 = first line). */
export const BulkAnswer = z.lazy(() =>
  z.object({
    totals: z.object({ done: z.int(), refused: z.int() }),
    results: z.array(z.object({ index: z.int(), status: z.int(), problem: z.optional(ProblemAnswer) })),
  }),
);
export type BulkAnswer = z.infer<typeof BulkAnswer>;
