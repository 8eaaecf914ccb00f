import * as z from "zod/mini";
import { type ApiKey, type App, type ProviderSetup, SCOPES, type Switches } from "../app/app.ts";
import { DEFAULT_KEY_NAME } from "../app/issue-key.ts";
import { Welcome } from "../notification/welcome.ts";
import { isReceiptProvider, receiptPath } from "../receipt/receipt-path.ts";

const time = z.string();

const ProviderAnswer = z.object({
  configuredAt: time,
  /** What an operator recognises the credentials by; never a secret. */
  summary: z.record(z.string(), z.string()),
  /** Below the API's address: where the vendor posts its receipts. Who knows it may speak for the vendor. */
  receiptPath: z.optional(z.string()),
});

const ClientAuthAnswer = z.object({
  kind: z.enum(["hs256", "jwks"]),
  url: z.optional(z.string()),
  issuer: z.optional(z.string()),
  audience: z.optional(z.string()),
});

export const AppAnswer = z.object({
  id: z.string(),
  name: z.optional(z.string()),
  createdAt: time,
  disabled: z.boolean(),
  origins: z.array(z.string()),
  categories: z.record(z.string(), z.unknown()),
  defaults: z.object({
    icon: z.optional(z.string()),
    badgeIcon: z.optional(z.string()),
    sound: z.optional(z.string()),
    roads: z.optional(z.array(z.string())),
    welcome: z.optional(Welcome),
  }),
  limits: z.record(z.string(), z.number()),
  providers: z.record(z.string(), ProviderAnswer),
  clientAuth: z.optional(ClientAuthAnswer),
});
export type AppAnswer = z.infer<typeof AppAnswer>;

/** `cursor` where there are more. */
export const AppsAnswer = z.object({ apps: z.array(AppAnswer), cursor: z.optional(z.string()) });

export const KeyAnswer = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  signed: z.boolean(),
  createdAt: time,
  revokedAt: z.optional(time),
});
export type KeyAnswer = z.infer<typeof KeyAnswer>;

export const KeysAnswer = z.object({ keys: z.array(KeyAnswer) });
/** 201 of POST /v1/apps/{app}/keys: the only time the key is shown. */
export const NewKeyAnswer = z.extend(KeyAnswer, { key: z.string() });

export const ProviderSetAnswer = z.extend(ProviderAnswer, {
  provider: z.string(),
  /** What is allowed and will be regretted, e.g. messages that a vendor will take for advertising. */
  warnings: z.array(z.string()),
});

/** What is paused, and since when. */
export const SwitchesAnswer = z.object({ paused: z.record(z.string(), time) });

const QueueCounts = z.object({
  /** Messages ready to be received. */
  waiting: z.int(),
  /** Received and hidden until they are done. */
  inFlight: z.int(),
  /** Sent with a delay that is not over. */
  delayed: z.int(),
  /** Seconds that its messages had waited when they were last received; null = none came lately. */
  oldestS: z.nullable(z.number()),
});
export type QueueCounts = z.infer<typeof QueueCounts>;

/** GET /v1/queues. The figures are SQS's own and approximate. */
export const QueuesAnswer = z.object({
  priorities: z.record(z.string(), z.extend(QueueCounts, { queues: z.record(z.string(), QueueCounts) })),
  ingest: QueueCounts,
  receipts: QueueCounts,
  /** Dead letters per consumer. */
  dead: z.record(z.string(), z.int()),
  /** Age of the oldest notification that was accepted and not planned, as of the last minute. */
  oldestUnplannedS: z.nullable(z.number()),
  /** App -> what is paused, and since when; a key sees its own app. */
  paused: z.record(z.string(), z.record(z.string(), time)),
});

const iso = (atMs: number): string => new Date(atMs).toISOString();

/** @param receiptKey makes the paths for vendors' receipts */
export const providerAnswer = (
  { configuredAtMs, summary }: ProviderSetup,
  { app, provider }: { app: string; provider: string },
  receiptKey: string,
) => ({
  configuredAt: iso(configuredAtMs),
  summary,
  ...(isReceiptProvider(provider) && { receiptPath: receiptPath({ app, provider }, receiptKey) }),
});

/** @param receiptKey makes the paths for vendors' receipts */
export function appAnswer(app: App, receiptKey: string): AppAnswer {
  const { id, name, createdAtMs, disabled, origins, categories, defaults, limits, clientAuth, jwt } = app;
  const setups = Object.entries({ ...app.providers, ...(jwt && { jwt }) });
  return {
    id,
    ...(name !== undefined && { name }),
    createdAt: iso(createdAtMs),
    disabled: disabled ?? false,
    origins,
    categories,
    defaults,
    limits,
    providers: Object.fromEntries(
      setups.map(([provider, setup]) => [provider, providerAnswer(setup, { app: id, provider }, receiptKey)]),
    ),
    ...(clientAuth && { clientAuth }),
  };
}

export function keyAnswer({ id, name, scopes, signed, createdAtMs, revokedAtMs }: ApiKey): KeyAnswer {
  return {
    id,
    name: name ?? DEFAULT_KEY_NAME,
    scopes,
    signed: signed ?? false,
    createdAt: iso(createdAtMs),
    ...(revokedAtMs !== undefined && { revokedAt: iso(revokedAtMs) }),
  };
}

export const switchesAnswer = (switches: Switches): z.infer<typeof SwitchesAnswer> => ({
  paused: Object.fromEntries(Object.entries(switches).map(([what, sinceMs]) => [what, iso(sinceMs)])),
});
