import type { Content } from "../notification/content.ts";
import type { FanOutKind } from "../notification/fan-out.ts";
import type { Address, WebhookFormat } from "../recipient/address.ts";
import type { DeviceTokenKind } from "../token-kinds.ts";
import type { Priority, ProviderName } from "../words.ts";
import type { Outcome } from "./outcome.ts";
import type { ProviderQuota } from "./quota.ts";

export type TokenKind = DeviceTokenKind | "socket" | Address["kind"] | FanOutKind;

/** One target of a job as a provider sees it; of what a provider fans out, user and device are empty. */
export type Target = {
  user: string;
  device: string;
  kind: TokenKind;
  /**
   * Device token, registration token, installation id, the subscription's endpoint URL; an e-mail address, a phone
   * number, a webhook's URL or a Telegram chat; a topic, a condition, a broadcast channel.
   */
  token: string;
  /** Deterministic id of this send (UUID): the same target of the same job always carries the same one. */
  messageId: string;
  /** APNs: which host the token belongs to. */
  environment?: "production" | "sandbox";
  /** APNs: topic of this device's app, when it is not the credential's default. */
  bundleId?: string;
  /** Web Push: base64url keys of the subscription. */
  keys?: { p256dh: string; auth: string };
  locale?: string;
  /** Broadcast channels: it keeps its last message for devices that are offline. */
  stored?: true;
  /** Webhooks: what speaks at the other end. */
  format?: WebhookFormat;
  /** Webhooks: the robot's own signing secret. */
  secret?: string;
};

/** What all targets of a job have in common. */
export type Message = {
  app: string;
  notificationId: string;
  content: Content;
  category: string;
  priority: Priority;
  createdAtMs: number;
  /** When it was to go out, where that was later. */
  sendAtMs?: number;
  expiresAtMs: number;
  /** Provider time to live in seconds, counted from now; 0 = deliver now or never. */
  ttlS: number;
  /** Sent to everyone: stored once, copied into an inbox when its user is or comes online. */
  broadcast?: boolean;
  /** Mail: whether one click switches it off, where the app says so of its category. */
  unsubscribe?: boolean;
  /** Stored in the inbox too. */
  inInbox?: boolean;
  /** 00-<trace>-<span>-<flags> */
  traceparent?: string;
};

export type SendCall = {
  /** The request must be answered or given up by then (epoch ms of the platform's clock). */
  deadlineMs: number;
};

/** A message made ready once per job; the body is serialised once, personal parts are added per target. */
export type SendEach = (target: Target, call: SendCall) => Promise<Outcome>;

/** The same for a provider that takes many targets in one request: an outcome for each of them, in their order. */
export type SendMany = {
  /** Targets that one request takes. */
  most: number;
  send(targets: readonly Target[], call: SendCall): Promise<readonly Outcome[]>;
};

export type PreparedSend = SendEach | SendMany;

export type Provider<Send extends PreparedSend = PreparedSend> = {
  readonly name: ProviderName;
  /** How many requests one environment keeps in flight at once. */
  readonly concurrency: number;
  /** What all environments together may send, where the provider says or is known to count. */
  quota?(): Promise<ProviderQuota | undefined>;
  /**
   * A dry run of the credentials, where the provider has one: `accepted` or `misconfigured`; anything else is no word
   * about them. Nobody is sent anything.
   */
  trial?(deadlineMs: number): Promise<Outcome>;
  /** Throws only for bugs; a payload that is too long for this provider is a `rejected` outcome per target. */
  prepare(message: Message): Promise<Send>;
};
