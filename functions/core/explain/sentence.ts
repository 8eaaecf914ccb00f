import type { DeviceEvidence } from "../api/explanation-answers.ts";
import { FAN_OUT_PROVIDER, isFanOutKind } from "../notification/fan-out.ts";
import type { ReceiptEvent } from "../receipt/receipt.ts";
import { FINAL_STATES } from "../words.ts";
import { INBOX_NAME, REMOVED_NAME } from "./evidence.ts";
import type { Known, Texts } from "./explain-recipient.ts";
import type { Above } from "./ladder.ts";
import { REASONS } from "./reasons.ts";

/** "12:00:03 UTC on 3 May 2026" */
function clockTime(text: string): string {
  const at = new Date(text);
  return `${text.slice(11, 19)} UTC on ${day(at)}`;
}
const day = (at: Date): string =>
  at.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const timeZh = (text: string): string => `${text.slice(0, 10)} ${text.slice(11, 19)}（UTC）`;

const PROVIDER_TEXT: Record<string, string> = {
  apns: "APNs",
  fcm: "FCM",
  webpush: "the browser's push service",
  ses: "SES",
  sns: "SNS",
  webhook: "its server",
};
const providerText = (provider: string | undefined): string =>
  PROVIDER_TEXT[provider ?? ""] ?? provider ?? "";
const PROVIDER_ZH: Record<string, string> = { webpush: "浏览器推送服务", webhook: "其服务器" };
const providerZh = (provider: string | undefined): string =>
  PROVIDER_ZH[provider ?? ""] ?? providerText(provider);

const isInbox = ({ provider }: DeviceEvidence): boolean => provider === "websocket";

/** The sentence that a support person reads aloud. */
export function sentences(known: Known): Texts {
  const { place, user, notification } = known;
  if (!place.included && isFanOutKind(notification.audience)) {
    const provider = providerText(FAN_OUT_PROVIDER[notification.audience]);
    return {
      en: `It is not known whether ${user} got it: it was handed to ${provider} once, which alone knows who follows.`,
      zh: `无法得知 ${user} 是否收到：该通知只向 ${provider} 提交了一次，订阅者仅由其掌握。`,
    };
  }
  if (!place.included) {
    return {
      en: `${user} was not in the audience: the request names ${people(notification.recipients)} and ${user} is not among them.`,
      zh: `${user} 不在受众中：请求未包含该用户。`,
    };
  }
  if (known.decided === undefined) return undecided(known);
  const sent = known.evidence.filter(({ outcome }) => outcome !== "skipped");
  if (sent.length === 0) return passedOver(known, known.decided.reason);
  return account(known, sent);
}

const people = (count: number | undefined): string => (count === 1 ? "one person" : `${count ?? 0} people`);

function undecided({ notification, user, decided: _decided }: Known): Texts {
  const { state, sendAtMs } = notification;
  if (state === "cancelled")
    return {
      en: `${user} did not get it: the notification was cancelled before anything was decided for ${user}.`,
      zh: `${user} 未收到：通知在处理该用户之前已被取消。`,
    };
  if (FINAL_STATES.includes(state))
    return {
      en: `${user} did not get it: the notification ended (${state}) before anything was decided for ${user}.`,
      zh: `${user} 未收到：通知在处理该用户之前已结束（${state}）。`,
    };
  if (state === "scheduled" && sendAtMs !== undefined) {
    const at = new Date(sendAtMs).toISOString();
    return {
      en: `${user} has not got it yet: it is scheduled for ${clockTime(at)}.`,
      zh: `${user} 尚未收到：计划于 ${timeZh(at)} 发送。`,
    };
  }
  return {
    en: `${user} has not got it yet: the notification is being planned and nothing is decided for ${user} so far.`,
    zh: `${user} 尚未收到：通知正在处理中。`,
  };
}

function passedOver({ user, evidence }: Known, reason: keyof typeof REASONS): Texts {
  const { en, zh } = REASONS[reason];
  const named = evidence.filter(({ device }) => device !== undefined);
  const because = named.length > 0 ? named.map(skippedText).join("; ") : en;
  const becauseZh = named.length > 0 ? named.map(skippedZh).join("；") : zh;
  return { en: `${user} was not sent it: ${because}.`, zh: `${user} 未被发送：${becauseZh}。` };
}

function account(known: Known, sent: readonly DeviceEvidence[]): Texts {
  const { user, evidence } = known;
  const receipt = told(known);
  const good = sent.filter(({ outcome }) => outcome === "accepted");
  const bad = sent.filter(({ outcome }) => outcome !== "accepted");
  const skipped = evidence.filter(({ outcome, device }) => outcome === "skipped" && device !== undefined);
  const offline = evidence.filter(
    ({ outcome, reason }) => outcome === "skipped" && reason === "not_connected",
  );
  const en = [
    ...(good.length > 0 ? [`${user} was sent it: ${list(acceptedTexts(good))}`] : []),
    ...bad.map((target) => troubleText(target) + nextRoad(target, sent).en),
    ...skipped.map(skippedText),
    ...offline.map(({ text }) => text.en),
    ...receipt.en,
  ];
  const zh = [
    ...(good.length > 0 ? [`${user} 已被发送：${good.map(acceptedZh).join("，")}`] : []),
    ...bad.map((target) => troubleZh(target) + nextRoad(target, sent).zh),
    ...skipped.map(skippedZh),
    ...offline.map(({ text }) => text.zh),
    ...receipt.zh,
  ];
  const open = bad.some(({ outcome }) => OPEN.has(outcome));
  const lead = open ? `${user} has not got it yet` : `${user} did not get it`;
  const leadZh = open ? `${user} 尚未收到` : `${user} 未收到`;
  return {
    en: `${good.length > 0 ? "" : `${lead}: `}${en.join("; ")}.`,
    zh: `${good.length > 0 ? "" : `${leadZh}：`}${zh.join("；")}。`,
  };
}

/** By which provider a device was tried after this one had refused it. */
function nextRoad(target: DeviceEvidence, sent: readonly DeviceEvidence[]): Texts {
  const later = sent.slice(sent.indexOf(target) + 1);
  const next = target.device && later.find(({ device }) => device === target.device);
  if (!next) return { en: "", zh: "" };
  return {
    en: `, so ${providerText(next.provider)} was tried next`,
    zh: `，随后改用 ${providerZh(next.provider)}`,
  };
}

/** The strongest of what the devices told. */
const STRONGEST: readonly (readonly [ReceiptEvent, en: string, zh: string])[] = [
  ["clicked", "opened it", "已点击"],
  ["read", "read it", "已读"],
  ["displayed", "saw it", "已展示"],
  ["dismissed", "dismissed it", "已关闭"],
  ["delivered", "got it on a device", "设备已收到"],
];

/** What the user's devices told of it, as the end of a sentence. */
function told({ receipts }: Known): { en: string[]; zh: string[] } {
  const found = STRONGEST.find(([event]) => receipts[event] !== undefined);
  if (found === undefined) return { en: [], zh: [] };
  const at = new Date(receipts[found[0]] ?? 0).toISOString();
  return { en: [`the user ${found[1]} at ${clockTime(at)}`], zh: [`用户${found[2]}（${timeZh(at)}）`] };
}

/** The rung that may be tried next. */
function nextRung({ reason, channels, atMs }: Above, nowMs: number): Texts | undefined {
  const [channel] = channels;
  if (reason !== "rung_waits" || atMs === undefined || atMs <= nowMs || channel === undefined)
    return undefined;
  const at = new Date(atMs).toISOString();
  return {
    en: `is tried by ${channel} at ${clockTime(at)} unless a device tells that it has arrived`,
    zh: `若设备未确认收到，将于 ${timeZh(at)} 改用 ${channel} 渠道`,
  };
}

const OPEN: ReadonlySet<string> = new Set(["pending", "retry", "throttled", "doubtful"]);

const list = (parts: readonly string[]): string =>
  parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;

/** The day is said once, where all happened on one. */
const acceptedTexts = (targets: readonly DeviceEvidence[]): string[] =>
  targets.map((target, index) => {
    const said = index > 0 && target.at?.slice(0, 10) === targets[0]?.at?.slice(0, 10);
    return acceptedText(target, said ? (at) => `${at.slice(11, 19)} UTC` : clockTime);
  });

function acceptedText(target: DeviceEvidence, clock: (at: string) => string): string {
  if (isInbox(target)) return `it is in the ${INBOX_NAME}${target.at ? ` since ${clock(target.at)}` : ""}`;
  const at = target.at ? ` at ${clock(target.at)}` : "";
  return `${providerText(target.provider)} accepted it for the ${target.name}${at}`;
}

function acceptedZh(target: DeviceEvidence): string {
  const at = target.at ? `于 ${timeZh(target.at)} ` : "";
  return isInbox(target)
    ? `${at}已存入收件箱`
    : `${providerZh(target.provider)} ${at}已接收（${nameZh(target.name)}）`;
}

function troubleText(target: DeviceEvidence): string {
  const what = isInbox(target) ? "the in-app message" : `the ${target.name}`;
  const why = target.meaning ? `: ${clause(target.meaning.en)}` : "";
  const code = [target.status, target.reason].filter((part) => part !== undefined).join(" ");
  const said = code && target.outcome !== "suppressed" ? ` (${providerText(target.provider)}: ${code})` : "";
  const next = target.next ? `, next at ${clockTime(target.next)}` : "";
  return `${what} ${target.text.en}${why}${said}${next}`;
}

/** A sentence of a code table as part of ours. */
const clause = (text: string): string => text.replace(/\.$/, "").replace(/^The /, "the ");

function troubleZh({ name, text, meaning }: DeviceEvidence): string {
  return `${nameZh(name)}：${text.zh}${meaning ? `，${meaning.zh.replace(/。$/, "")}` : ""}`;
}

function skippedText({ name, text, at }: DeviceEvidence): string {
  const since = at ? ` on ${day(new Date(at))}` : "";
  return `the ${name} was skipped because ${text.en}${since && ` (since${since.slice(3)})`}`;
}

const skippedZh = ({ name, text }: DeviceEvidence): string => `${nameZh(name)} 已跳过（${text.zh}）`;

const NAMES_ZH: Record<string, string> = {
  [INBOX_NAME]: "收件箱",
  [REMOVED_NAME]: "已移除的设备",
  "Android phone": "Android 手机",
  "HarmonyOS phone": "鸿蒙手机",
  "e-mail address": "电子邮件地址",
  "phone number": "手机号码",
  browser: "浏览器",
  computer: "电脑",
};
const nameZh = (name: string): string => NAMES_ZH[name] ?? name;

/** What happens next; nothing when all is settled. */
export function nextTexts({
  notification,
  evidence,
  paused,
  decided,
  nowMs,
  above,
}: Known): Texts | undefined {
  if (FINAL_STATES.includes(notification.state)) return undefined;
  if (paused) return { en: "the app is paused: it goes on when it is resumed", zh: "应用已暂停，恢复后继续" };
  const rung = above && nextRung(above, nowMs);
  if (rung) return rung;
  const waiting = evidence.filter(({ outcome }) => OPEN.has(outcome));
  const times = waiting
    .flatMap(({ next }) => (next !== undefined && Date.parse(next) > nowMs ? [next] : []))
    .sort();
  if (times[0] !== undefined)
    return { en: `waits until ${clockTime(times[0])}`, zh: `等待至 ${timeZh(times[0])}` };
  if (waiting.length > 0) return { en: "is sent as soon as its queue comes to it", zh: "排队等待发送" };
  if (decided !== undefined) return undefined;
  if (notification.sendAtMs !== undefined && notification.sendAtMs > nowMs) {
    const at = new Date(notification.sendAtMs).toISOString();
    return { en: `fires at ${clockTime(at)}`, zh: `将于 ${timeZh(at)} 触发` };
  }
  return { en: "is decided when the plan comes to this user", zh: "等待处理到该用户" };
}
