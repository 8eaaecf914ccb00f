/**
 * Every name that the deployed constructs and the running functions must agree on: the only file lib/ imports
 * from functions/.
 */
/** Channels with a queue for each priority. */
const PUSH_CHANNELS = ["mobilePush", "webPush", "inApp"] as const;
/** Channels whose normal and low messages share a queue: every queue that is polled has its price. */
const ADDRESS_CHANNELS = ["email", "sms", "webhook"] as const;
const PRIORITIES = ["high", "normal", "low"] as const;

export type DispatchChannel = (typeof PUSH_CHANNELS)[number] | (typeof ADDRESS_CHANNELS)[number];
type QueuePriority = (typeof PRIORITIES)[number];

export type QueueKey =
  | "ingest"
  | "receipts"
  | `plan-${QueuePriority}`
  | `dispatch-${(typeof PUSH_CHANNELS)[number]}-${QueuePriority}`
  | `dispatch-${(typeof ADDRESS_CHANNELS)[number]}-${"high" | "bulk"}`;
export type TableKey = "directory" | "catalog" | "delivery" | "inbox" | "guard" | "connections";

export const QUEUE_KEYS: readonly QueueKey[] = [
  "ingest",
  ...PRIORITIES.map((priority) => `plan-${priority}` as const),
  ...PUSH_CHANNELS.flatMap((channel) =>
    PRIORITIES.map((priority) => `dispatch-${channel}-${priority}` as const),
  ),
  ...ADDRESS_CHANNELS.flatMap((channel) => [`dispatch-${channel}-high`, `dispatch-${channel}-bulk`] as const),
  "receipts",
];

/** The queue that a channel's jobs of a priority wait in. */
export function dispatchQueue(channel: DispatchChannel, priority: QueuePriority): QueueKey {
  const push = PUSH_CHANNELS.find((one) => one === channel);
  if (push) return `dispatch-${push}-${priority}`;
  const address = channel as (typeof ADDRESS_CHANNELS)[number];
  return `dispatch-${address}-${priority === "high" ? "high" : "bulk"}`;
}

/** Consumers, each with a dead-letter queue of its own. */
export const CONSUMERS = ["ingest", "plan", ...PUSH_CHANNELS, ...ADDRESS_CHANNELS, "receipts"] as const;
export type Consumer = (typeof CONSUMERS)[number];

/** Headers in which a vendor may prove a post of receipts: API Gateway puts these, and no others, into the queue. */
export const PROOF_HEADERS = ["authorization", "x-huawei-callback-id"] as const;

const upperSnake = (text: string): string =>
  text
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replaceAll("-", "_")
    .toUpperCase();

export const queueEnv = (key: QueueKey): string => `QUEUE_${upperSnake(key)}`;
export const deadLettersEnv = (consumer: Consumer): string => `DEAD_${upperSnake(consumer)}`;
export const tableEnv = (key: TableKey): string => `TABLE_${upperSnake(key)}`;

export const ENV = {
  adminKeySecret: "ADMIN_KEY_SECRET",
  cursorSecret: "CURSOR_SECRET",
  secretPrefix: "SECRET_PREFIX",
  /** Of who writes credentials: where they are kept, as the operator chose (lib/config/config.ts). */
  credentialsPlace: "CREDENTIALS_PLACE",
  /** The template's key that seals credentials, where there is one. */
  credentialsKey: "CREDENTIALS_KEY_ARN",
  scheduleGroup: "SCHEDULE_GROUP",
  scheduleRoleArn: "SCHEDULE_ROLE_ARN",
  scheduleTargetArn: "SCHEDULE_TARGET_ARN",
  connectionsEndpoint: "CONNECTIONS_ENDPOINT",
  /** URL of one queue: those of the others differ in their last part. */
  queueUrl: "QUEUE_URL",
  /** Names of all queues, in the order of QUEUE_KEYS, then of the dead letters, in that of CONSUMERS; by commas. */
  allQueues: "ALL_QUEUES",
  /** Where the REST API is reached from outside, without a slash at its end. */
  publicUrl: "PUBLIC_URL",
  /** `on`: SNS's delivery log is read, and whose its ids are is to be written down. */
  smsDeliveryLogs: "SMS_DELIVERY_LOGS",
  /** JSON of RuntimeSettings: the operator's configuration as far as functions need it. */
  settings: "CLARION_SETTINGS",
  /** JSON of the limits from which a queue counts as loaded (core/load/load-level.ts). */
  loadLevels: "LOAD_LEVELS",
  version: "CLARION_VERSION",
  /** JSON, host -> "address:port": a way out through a private endpoint or proxy instead of public DNS. */
  egress: "CLARION_EGRESS",
} as const;

/** Tag of the KMS keys that seal credentials; its value is the deployment's (SECRET_PREFIX). IAM goes by it. */
export const CREDENTIALS_TAG = "clarion:credentials";

/** Indexes of the Delivery table. */
export const DELIVERY_INDEX = { due: "due", byTime: "byTime" } as const;

export const METRIC_NAMESPACE = "Clarion";

/** Every metric, once; EMF on AWS, Prometheus text on the local runtime. */
export const METRICS = {
  accepted: "NotificationsAccepted",
  outcomes: "Targets",
  /** Accepted or failed, over all outcomes and apps: what the alarms on failures divide. */
  tried: "TargetsTried",
  failed: "TargetsFailed",
  latencyMs: "AcceptToProviderMs",
  pending: "PendingMessages",
  inFlight: "InFlightMessages",
  invalidTokens: "InvalidTokens",
  /** What vendors tell of messages after they took them, by provider and event. */
  receipts: "Receipts",
  suspectedConfiguration: "SuspectedConfiguration",
  misconfigured: "Misconfigured",
  poison: "PoisonJobs",
  oldestUnplannedS: "OldestUnplannedS",
  connections: "OpenConnections",
  frames: "Frames",
  errors: "Errors",
  loadLevel: "LoadLevel",
  rejections: "Rejections",
  /** Answers of 503 on purpose: refused for load, or because AWS throttled before anything was accepted. */
  unavailable: "Unavailable",
  memoryPercent: "MemoryPercent",
  /** Messages that wait in dead-letter queues. */
  deadLetters: "DeadLetters",
  /** Attempts that DynamoDB throttled; the SDK repeats them. */
  throttles: "TableThrottles",
  /** How long the oldest high-priority message has waited. */
  highOldestS: "HighOldestS",
  /** The same of what is no part of sending: fired schedules and what AWS tells (`ingest`), vendors' receipts. */
  sideOldestS: "SideOldestS",
} as const;

/** What functions need of the operator's configuration. */
export type RuntimeSettings = {
  providerDeadlineMs: number;
  leaseMs: number;
  sliceMs: number;
  inactiveAfterDays: number;
  webPushHosts: string[];
  limits: {
    appRequestsPerS: number;
    addressRequestsPerS: number;
    userRequestsPerMin: number;
    recipientPerMin: number;
  };
  /** Frames that one environment of the in-app dispatcher may post to open sockets a second. */
  socketPostsPerEnvironmentS: number;
  /** Share of the traces begun here whose spans are told, 0 to 1. */
  traceSampleShare: number;
  /** Outcomes are metrics of each app, too. */
  metricsByApp: boolean;
  docsUrl: string;
};
