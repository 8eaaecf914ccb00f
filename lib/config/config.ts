import * as z from "zod/mini";

// zod/mini brings no messages of its own: without this every fault would read "Invalid input".
z.config(z.locales.en());

const whole = (min: number, max: number) => z.int().check(z.gte(min), z.lte(max));

const PushHost = z.string().check(z.regex(/^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$/));

/**
 * The operator's configuration (clarion.config.ts). Every key has a default; a wrong value stops the synthesis
 * and names the key. docs/configuration.md says what each is for.
 */
export const Config = z.strictObject({
  /**
   * Prefix of the two stacks' names: `<name>State` and `<name>Service`. Names of queues begin with it, and a function that
   * knows all of them has 4 KB for its environment.
   */
  name: z._default(
    z.string().check(z.regex(/^[A-Z][A-Za-z0-9]{1,15}$/, "must be 2-16 letters and digits, capital first")),
    "Clarion",
  ),
  region: z.optional(z.string().check(z.regex(/^[a-z]{2}(-[a-z]+)+-\d$/))),
  account: z.optional(z.string().check(z.regex(/^\d{12}$/))),
  /** Where alarms go: an e-mail address is subscribed to the alarm topic. */
  alarmEmail: z.optional(z.string().check(z.regex(/^[^@\s]+@[^@\s]+$/))),
  /** Base address of the runbook that alarms link to. */
  docsUrl: z._default(
    z.string().check(z.maxLength(100), z.regex(/^https:\/\/\S+[^/]$/)),
    "https://clarion.example/docs",
  ),
  /** Key of yours for tables and queues; AWS-owned keys otherwise. */
  kmsKeyArn: z.optional(z.string().check(z.regex(/^arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/))),
  /**
   * Where apps' credentials are kept: a secret for each (`secrets`), or Catalog items that one KMS key of the template
   * seals (`catalog`). `auto`: secrets up to 50 apps; beyond, items under a key that is made then.
   */
  credentials: z._default(z.literal(["auto", "secrets", "catalog"]), "auto"),
  /**
   * API Gateway's role for logs, one for each account and Region: made here, and kept when the stack goes; `exists` where
   * somebody else has set it and it must stay theirs.
   */
  apiLogsRole: z._default(z.literal(["create", "exists"]), "create"),
  logRetentionDays: z._default(z.literal([1, 3, 5, 7, 14, 30, 60, 90, 180, 365]), 30),
  /** `false` only for throw-away deployments: then tables go with the stack. */
  retainState: z._default(z.boolean(), true),
  /** The order provider < function < lease < visibility is enforced at synthesis. */
  times: z.prefault(
    z.strictObject({
      providerDeadlineS: z._default(whole(1, 60), 10),
      dispatcherTimeoutS: z._default(whole(2, 890), 30),
      leaseS: z._default(whole(3, 900), 35),
      dispatchVisibilityS: z._default(whole(4, 43_200), 45),
      planSliceS: z._default(whole(5, 600), 45),
      planTimeoutS: z._default(whole(10, 890), 60),
      planVisibilityS: z._default(whole(15, 43_200), 75),
    }),
    {},
  ),
  /** Concurrency of low-priority and in-app event sources; elsewhere a maximum would only cost. */
  maximumConcurrency: z.prefault(
    z.strictObject({ low: z._default(whole(2, 1000), 5), inApp: z._default(whole(2, 1000), 20) }),
    {},
  ),
  memoryMb: z.prefault(
    z.strictObject({
      http: z._default(whole(128, 10_240), 512),
      plan: z._default(whole(128, 10_240), 1024),
      dispatch: z._default(whole(128, 10_240), 1024),
    }),
    {},
  ),
  limits: z.prefault(
    z.strictObject({
      appRequestsPerS: z._default(whole(1, 100_000), 500),
      addressRequestsPerS: z._default(whole(1, 10_000), 100),
      userRequestsPerMin: z._default(whole(1, 100_000), 100),
      recipientPerMin: z._default(whole(1, 100_000), 100),
      stageRequestsPerS: z._default(whole(1, 100_000), 5_000),
      stageBurst: z._default(whole(1, 10_000), 2_500),
      /** A throttle of its own, instead of the stage's: anybody may post, before it is known whose receipts they are. */
      receiptPostsPerS: z._default(whole(1, 10_000), 1_000),
      socketPostsPerS: z._default(whole(100, 1_000_000), 5_000),
    }),
    {},
  ),
  /** Backlog and age from which low (medium), then normal (high) is refused with 503. */
  loadLevels: z.prefault(
    z.strictObject({
      mediumBacklog: z._default(whole(1, 1_000_000_000), 100_000),
      highBacklog: z._default(whole(1, 1_000_000_000), 1_000_000),
      mediumAgeS: z._default(whole(1, 86_400), 300),
      highAgeS: z._default(whole(1, 86_400), 1_800),
    }),
    {},
  ),
  /** Push services beside Apple's, Google's, Mozilla's and Microsoft's that subscriptions may name. */
  webPushHosts: z._default(
    z
      .array(PushHost)
      .check(
        z.refine(
          (hosts) => hosts.join("").length <= 150,
          "at most 150 characters together: they stand in each function's environment of 4 KB",
        ),
      ),
    [],
  ),
  /**
   * Where the REST API is reached under a name of yours (a custom domain), for links in mails; execute-api otherwise.
   * Under a base path API Gateway would hand functions other paths than clients sign.
   */
  publicUrl: z.optional(
    z
      .string()
      .check(
        z.maxLength(100),
        z.regex(/^https:\/\/[^\s/]+$/, "must be https:// and a host, without a path or a slash"),
      ),
  ),
  /**
   * Reads SNS's delivery log of text messages: a function, and a row for each message. Both log groups have to be
   * there when it is deployed (docs/channels/sns.md).
   */
  smsDeliveryLogs: z._default(z.boolean(), false),
  inactiveAfterDays: z._default(whole(1, 3650), 90),
  /** Share of the traces begun here whose spans are logged; a caller's own sampled flag is respected. */
  tracing: z.prefault(
    z.strictObject({ sampleShare: z._default(z.number().check(z.gte(0), z.lte(1)), 0.01) }),
    {},
  ),
  /** Outcomes by app: each of an app's metrics costs $0.30 a month once it is told (docs/prices.md). */
  metrics: z.prefault(z.strictObject({ byApp: z._default(z.boolean(), true) }), {}),
  alarms: z.prefault(
    z.strictObject({
      failedPercent: z._default(whole(1, 100), 5),
      latencyP99Ms: z._default(whole(100, 600_000), 5_000),
      backlog: z._default(whole(1, 1_000_000_000), 100_000),
      highOldestS: z._default(whole(1, 3_600), 3),
      inFlight: z._default(whole(1, 120_000), 80_000),
      unplannedS: z._default(whole(1, 86_400), 120),
      /** Your account's Lambda concurrency; the alarm is at 80 % of it. */
      accountConcurrency: z._default(whole(10, 1_000_000), 1_000),
    }),
    {},
  ),
});
export type Config = z.infer<typeof Config>;
export type ConfigInput = z.input<typeof Config>;

/** For clarion.config.ts: types and nothing else. */
export const defineConfig = (config: ConfigInput): ConfigInput => config;

/**
 * The configuration with its defaults.
 * @throws Error that names each wrong key and says what it must be
 */
export function resolveConfig(input: ConfigInput): Config {
  const result = z.safeParse(Config, input);
  if (!result.success) {
    const lines = result.error.issues.map(
      (issue) => `  ${issue.path.join(".") || "(root)"}: ${issue.message}`,
    );
    throw new Error(`clarion.config.ts is wrong:\n${lines.join("\n")}`);
  }
  checkOrder(result.data.times);
  checkLevels(result.data.loadLevels);
  return inKeysRegion(result.data);
}

/** A key belongs to its Region, and only where that is known can tables be encrypted with it. */
function inKeysRegion(config: Config): Config {
  const keysRegion = config.kmsKeyArn?.split(":")[3];
  if (keysRegion === undefined) return config;
  if (config.region !== undefined && config.region !== keysRegion)
    throw new Error(
      `clarion.config.ts is wrong:\n  kmsKeyArn is a key of ${keysRegion}, region is ${config.region}: a key encrypts in its own Region`,
    );
  return { ...config, region: keysRegion };
}

/** A level that is never reached refuses nobody. */
function checkLevels({ mediumBacklog, highBacklog, mediumAgeS, highAgeS }: Config["loadLevels"]): void {
  const wrong = [
    ["mediumBacklog", mediumBacklog, "highBacklog", highBacklog],
    ["mediumAgeS", mediumAgeS, "highAgeS", highAgeS],
  ].filter(([, medium, , high]) => medium! >= high!);
  for (const [lower, medium, upper, high] of wrong) {
    throw new Error(
      `clarion.config.ts is wrong:\n  loadLevels.${lower} (${medium}) must be less than loadLevels.${upper} (${high})`,
    );
  }
}

/** Provider deadline < function timeout < lease < visibility, and slice < timeout < visibility for plans. */
function checkOrder(times: Config["times"]): void {
  const orders: [keyof Config["times"], keyof Config["times"]][] = [
    ["providerDeadlineS", "dispatcherTimeoutS"],
    ["dispatcherTimeoutS", "leaseS"],
    ["leaseS", "dispatchVisibilityS"],
    ["planSliceS", "planTimeoutS"],
    ["planTimeoutS", "planVisibilityS"],
  ];
  for (const [smaller, larger] of orders) {
    if (times[smaller] >= times[larger]) {
      throw new Error(
        `clarion.config.ts is wrong:\n  times.${smaller} (${times[smaller]} s) must be less than times.${larger} (${times[larger]} s):` +
          " outside this order a target can be sent twice or a job stay leased",
      );
    }
  }
  checkRoomToWrite(times);
}

/** A dispatcher begins no request unless a deadline and a fifth are left of its time (core/dispatch: timeToSend). */
function checkRoomToWrite({ providerDeadlineS, dispatcherTimeoutS }: Config["times"]): void {
  const leastS = Math.ceil(providerDeadlineS * 1.2) + 1;
  if (dispatcherTimeoutS >= leastS) return;
  throw new Error(
    `clarion.config.ts is wrong:\n  times.dispatcherTimeoutS (${dispatcherTimeoutS} s) must be ${leastS} s or more with times.providerDeadlineS at ${providerDeadlineS} s:` +
      " otherwise no time is left to write down what the provider said, and nothing is ever sent",
  );
}
