import * as z from "zod/mini";
import type { Operation } from "./operation.ts";

export const HealthAnswer = z.object({
  status: z.literal("ok"),
  version: z.string(),
  /** What the reconciler saw in the last minute; `unknown` when it has not written for five. */
  load: z.enum(["normal", "medium", "high", "unknown"]),
  /** Age of the oldest notification that was accepted and not planned. */
  oldestUnplannedS: z.nullable(z.number()),
  /** Providers whose circuit is open. */
  breakers: z.array(z.string()),
});
export type HealthAnswer = z.infer<typeof HealthAnswer>;

const VapidKeyAnswer = z.object({
  /** base64url of the uncompressed P-256 point: `applicationServerKey` of `pushManager.subscribe`. */
  publicKey: z.string(),
});

export const PUBLIC_OPERATIONS = [
  {
    id: "health",
    fn: "public",
    method: "GET",
    path: "/health",
    summary: "Whether the platform answers, its version and its load",
    access: { open: true },
    status: 200,
    answer: HealthAnswer,
  },
  {
    id: "openApi",
    fn: "public",
    method: "GET",
    path: "/openapi.json",
    summary: "This document",
    access: { open: true },
    status: 200,
    answer: z.record(z.string(), z.unknown()),
  },
  {
    id: "vapidKey",
    fn: "public",
    method: "GET",
    path: "/v1/public/apps/{app}/vapid-key",
    summary: "The public key that browsers subscribe with",
    access: { open: true },
    status: 200,
    answer: VapidKeyAnswer,
  },
  {
    id: "unsubscribe",
    fn: "public",
    method: "POST",
    path: "/v1/public/apps/{app}/unsubscribe/{user}/{category}/{signature}",
    summary: "One click in a mail (RFC 8058): no more mails of this category",
    access: { open: true },
    status: 200,
    answer: z.object({ unsubscribed: z.literal(true) }),
    faults: ["limit_reached", "conflict"],
  },
] as const satisfies readonly Operation[];
