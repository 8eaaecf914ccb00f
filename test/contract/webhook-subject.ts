import { randomBytes } from "node:crypto";
import type { WebhookCredentials } from "../../functions/core/credentials/webhook.ts";
import type { Outcome } from "../../functions/core/dispatch/outcome.ts";
import type { Target } from "../../functions/core/dispatch/provider.ts";
import { WEBHOOK_FORMATS, type WebhookFormat } from "../../functions/core/recipient/address.ts";
import { webhookProvider } from "../../functions/providers/webhook/webhook.ts";
import { type ContractSubject, othersOf, type Row, type Told, throttledOf } from "./contract-subject.ts";
import { fakesBench } from "./fakes-bench.ts";
import { startWorld, target, type World } from "./provider-world.ts";

export const keyOf = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString("base64")}`;
const BOT = { telegramBotToken: `123456:${"A".repeat(35)}` };
export const CREDENTIALS: WebhookCredentials = { secret: keyOf(1), ...BOT };
const OTHERS: WebhookCredentials = { secret: keyOf(2), ...BOT };
const credentialsOf = (app: string) => (app === "one" ? CREDENTIALS : OTHERS);

export const make = ({ open, now }: World, credentials: WebhookCredentials) =>
  webhookProvider({ app: "a", credentials, open, now });

const URLS: Record<Exclude<WebhookFormat, "telegram">, (id: string) => string> = {
  standard: (id) => `https://hooks.receiver.example/in/${id}?tenant=1`,
  slack: (id) => `https://hooks.slack.com/services/T0/B0/${id}`,
  discord: (id) => `https://discord.com/api/webhooks/1/${id}`,
  feishu: (id) => `https://open.feishu.cn/open-apis/bot/v2/hook/${id}`,
  dingtalk: (id) => `https://oapi.dingtalk.com/robot/send?access_token=${id}`,
  wecom: (id) => `https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=${id}`,
};

/** A target that nobody has been sent to yet. */
export function fresh(format: WebhookFormat, over: Partial<Target> = {}): Target {
  const id = randomBytes(9).toString("hex");
  const token = format === "telegram" ? `-100${BigInt(`0x${id}`) % 10n ** 12n}` : URLS[format](id);
  return target({ kind: "webhook", device: "~webhook", token, format, ...over });
}

/** Statuses mean the same, whatever is at the other end. */
const STATUSES: [Told, Partial<Outcome>][] = [
  [{ status: 410 }, { kind: "gone" }],
  [{ status: 400 }, { kind: "rejected" }],
  [{ status: 302 }, { kind: "rejected", reason: "redirect_refused" }],
  [{ status: 307 }, { kind: "rejected", reason: "redirect_refused" }],
  [{ status: 429 }, { kind: "throttled", retryAfterMs: 60_000 }],
  [
    { status: 429, retryAfterS: 5 },
    { kind: "throttled", retryAfterMs: 5_000 },
  ],
  [{ status: 500 }, { kind: "retry" }],
  [
    { status: 503, retryAfterS: 9 },
    { kind: "retry", retryAfterMs: 9_000 },
  ],
];
const statusRows = WEBHOOK_FORMATS.flatMap((format) =>
  STATUSES.map(([told, expected]): Row => {
    const status = told.status!;
    return [told, { status, retryAfterMs: undefined, ...expected }, format];
  }),
);

/** Each one's own words. */
const WORDS: [WebhookFormat, Told, Partial<Outcome>][] = [
  ["standard", { status: 404 }, { kind: "rejected", reason: "status_404" }],
  ["slack", { status: 404, reason: "no_service" }, { kind: "gone", reason: "slack_no_service" }],
  ["slack", { status: 403, reason: "action_prohibited" }, { kind: "rejected" }],
  ["slack", { status: 410, reason: "channel_is_archived" }, { kind: "gone" }],
  ["discord", { status: 404, reason: "10015" }, { kind: "gone", reason: "discord_10015" }],
  ["discord", { status: 429, retryAfterS: 0.65 }, { kind: "throttled", retryAfterMs: 650 }],
  ["telegram", { status: 401 }, { kind: "misconfigured", reason: "bad_bot_token" }],
  ["telegram", { status: 404, reason: "Not Found" }, { kind: "misconfigured", reason: "bad_bot_token" }],
  [
    "telegram",
    { status: 403, reason: "Forbidden: bot was blocked by the user" },
    { kind: "gone", reason: "bot_unwanted" },
  ],
  ["telegram", { status: 400, reason: "Bad Request: chat not found" }, { kind: "rejected" }],
  ["telegram", { status: 429, retryAfterS: 11 }, { kind: "throttled", retryAfterMs: 11_000 }],
  ["feishu", { reason: "19024" }, { kind: "rejected", reason: "feishu_19024" }],
  ["feishu", { reason: "11232" }, { kind: "throttled", retryAfterMs: 10_000 }],
  ["feishu", { reason: "19001" }, { kind: "gone" }],
  ["dingtalk", { reason: "130101" }, { kind: "throttled", retryAfterMs: 600_000 }],
  ["dingtalk", { reason: "-1" }, { kind: "retry", reason: "dingtalk_m1" }],
  ["dingtalk", { reason: "400106" }, { kind: "gone" }],
  ["wecom", { reason: "45009" }, { kind: "throttled", retryAfterMs: 60_000 }],
  ["wecom", { reason: "93000" }, { kind: "gone", reason: "wecom_93000" }],
  ["wecom", { reason: "12345" }, { kind: "rejected", reason: "wecom_12345" }],
];
const ROWS: Row[] = [
  ...statusRows,
  ...WORDS.map(([format, told, expected]): Row => [told, expected, format]),
];

/** They say no with a status of 200, so that one alone says nothing. */
const SAY_SO_IN_BODY: readonly WebhookFormat[] = ["feishu", "dingtalk", "wecom"];

let world: Awaited<ReturnType<typeof startWorld>>;

export const subject: ContractSubject & { world(): World } = {
  name: "webhook",
  world: () => world,
  most: 1,
  points: {
    accepted: true,
    outcomes: othersOf(ROWS),
    partialBatch: WORDS.map(([format, told, expected]): Row => [told, expected, format]),
    authExpiry: {
      notApplying: "every request is signed by the app's secret itself: there is nothing that expires",
    },
    throttling: { rows: throttledOf(ROWS) },
    timeouts: true,
    noConnection: true,
    lostAnswer: true,
    badAnswers: WEBHOOK_FORMATS.map((of) => ({
      of,
      no: "retry",
      yes: SAY_SO_IN_BODY.includes(of) ? "unknown" : "accepted",
    })),
    payloadLimit: {
      over: { content: { title: "x", webhook: { content: { text: "x".repeat(20_000) } } } },
      of: "feishu",
    },
    apart: true,
  },
  async open() {
    world = await startWorld();
    return fakesBench(world, {
      name: "webhook",
      make: (app) => make(world, credentialsOf(app)),
      target(app, of = "standard") {
        const to = fresh(of as WebhookFormat);
        // A server that takes this app's signature alone.
        if (of === "standard") world.fakes.webhook.secrets.set(to.token, credentialsOf(app).secret);
        return to;
      },
      credential: ({ headers }) => headers["webhook-signature"],
    });
  },
};
