import * as z from "zod/mini";
import { RECEIPT_EVENTS } from "../receipt/receipt.ts";
import { CHANNELS, PROVIDERS, STATES } from "../words.ts";

const time = z.string();

const TextsAnswer = z.object({ en: z.string(), zh: z.string() });

/** One device, and what happened to it on one channel; the in-app channel has no device. */
const DeviceEvidence = z.object({
  /** Absent for the in-app channel, and for a device that was removed since. */
  device: z.optional(z.string()),
  /** What a person would call it: "Pixel 9". */
  name: z.string(),
  channel: z.enum(CHANNELS),
  provider: z.optional(z.enum(PROVIDERS)),
  /** The ledger's mark of this target, or `skipped`. */
  outcome: z.string(),
  at: z.optional(time),
  /** What the provider said: its status, its reason, its id for the message. */
  status: z.optional(z.int()),
  reason: z.optional(z.string()),
  providerId: z.optional(z.string()),
  /** The id that the message carried to the provider. */
  messageId: z.optional(z.string()),
  job: z.optional(z.string()),
  position: z.optional(z.int()),
  attempt: z.optional(z.int()),
  /** The outcome in words. */
  text: TextsAnswer,
  /** What the provider's code, or ours, means. */
  meaning: z.optional(TextsAnswer),
  /** When it is tried again, where it will be. */
  next: z.optional(time),
});
export type DeviceEvidence = z.infer<typeof DeviceEvidence>;

/** GET /v1/notifications/{notification}/recipients/{user} */
export const ExplanationAnswer = z.object({
  /** One sentence to read aloud. */
  sentence: z.string(),
  sentenceZh: z.string(),
  notification: z.string(),
  user: z.string(),
  state: z.enum(STATES),
  audience: z.object({
    included: z.boolean(),
    /** By which rule: the field of the request, or why not. */
    rule: z.string(),
  }),
  /** What the plan decided; absent while nothing is decided. */
  decision: z.optional(z.object({ reason: z.string(), at: time, text: TextsAnswer })),
  /** Sent ones first, then the skipped ones as they stand now. */
  evidence: z.array(DeviceEvidence),
  /** What the user's devices told, with the first time of each. */
  receipts: z.partialRecord(z.enum(RECEIPT_EVENTS), time),
  /** What happens next; absent when nothing will. */
  next: z.optional(TextsAnswer),
});
export type ExplanationAnswer = z.infer<typeof ExplanationAnswer>;
