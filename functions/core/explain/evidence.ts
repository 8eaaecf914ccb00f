import type { DeviceEvidence } from "../api/explanation-answers.ts";
import { deviceHash, providerMessageId } from "../hash.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { isOpen, MARK, type Mark, markName } from "../ledger/mark.ts";
import { INBOX, type Skip } from "../plan/decide.ts";
import type { PlannedJob, RecordedTarget } from "../plan/plan-row.ts";
import { type AddressChannel, isAddressChannel } from "../recipient/address.ts";
import type { Device, Recipient } from "../recipient/device.ts";
import { CHANNEL_OF, type Channel, type NotificationState } from "../words.ts";
import type { ExplainPorts, Texts } from "./explain-recipient.ts";
import { markTexts } from "./mark-texts.ts";
import { REASONS, type Reason } from "./reasons.ts";

const PLATFORM_NAME: Record<Device["platform"], string> = {
  ios: "iPhone",
  android: "Android phone",
  harmony: "HarmonyOS phone",
  web: "browser",
  desktop: "computer",
};

/** What a person would call an address. */
const ADDRESS_NAME: Record<AddressChannel, string> = {
  email: "e-mail address",
  sms: "phone number",
  webhook: "webhook",
};
export const INBOX_NAME = "inbox";
export const REMOVED_NAME = "device that was removed since";

/** What a person would call a device. */
const deviceName = ({ model, brand, platform }: Device): string =>
  model ??
  (brand && platform !== "web" ? `${brand} ${PLATFORM_NAME[platform]}` : (brand ?? PLATFORM_NAME[platform]));

export type TargetQuestion = {
  target: RecordedTarget;
  job: PlannedJob;
  position: number;
  /** Undefined: no worker has taken the job yet. */
  ledger: Ledger | undefined;
  recipient: Recipient | undefined;
  codeTexts: ExplainPorts["codeTexts"];
  /** Set when the notification is over: then nothing waits any more. */
  ended: NotificationState | undefined;
};

/** What the plan made of a target, and what the ledger and the provider say of it. */
export function targetEvidence(question: TargetQuestion): DeviceEvidence {
  const { target, job, position, ledger, recipient } = question;
  const { provider } = target;
  const outcome = ledger ? markName(ledger.marks[position] as Mark) : "pending";
  return {
    ...whichDevice(target, recipient),
    channel: CHANNEL_OF[provider],
    provider,
    outcome,
    ...(ledger && timesOf(ledger, position, question.ended !== undefined)),
    ...said(question),
    messageId: providerMessageId(job.id, position),
    job: job.id,
    position,
    ...(ledger && { attempt: ledger.attempt }),
    text: markTexts(outcome),
  };
}

/** When it was settled, or when it is tried again. */
function timesOf(ledger: Ledger, position: number, ended: boolean): Pick<DeviceEvidence, "at" | "next"> {
  const mark = ledger.marks[position] as Mark;
  const open = isOpen(mark);
  const waits = open && !ended && ledger.state === "waiting";
  const atMs = ledger.notes[position]?.atMs ?? (open ? undefined : ledger.updatedAtMs);
  return {
    ...(atMs !== undefined && { at: new Date(atMs).toISOString() }),
    ...(waits && hasOwnTime(ledger, mark) && { next: new Date(ledger.notBeforeMs).toISOString() }),
  };
}

/** Beside others that were told to wait, one that nobody has asked yet does not wait for their time. */
const hasOwnTime = ({ marks }: Ledger, mark: Mark): boolean =>
  mark !== MARK.pending || !marks.some((other) => other === MARK.throttled || other === MARK.retry);

/** The provider's words, or ours for a target that was left out before it was sent. */
function said({ target, position, ledger, codeTexts }: TargetQuestion): Partial<DeviceEvidence> {
  const note = ledger?.notes[position];
  if (note === undefined) return {};
  const { status, reason, providerId } = note;
  const own: Texts | undefined = REASONS[reason as Reason];
  const meaning = own ?? codeTexts(target.provider, status, reason);
  return {
    ...(status !== undefined && { status }),
    ...(reason !== undefined && { reason }),
    ...(providerId !== undefined && { providerId }),
    ...(meaning && { meaning: { en: meaning.en, zh: meaning.zh } }),
  };
}

function whichDevice(
  { provider, deviceHash: hash }: RecordedTarget,
  recipient: Recipient | undefined,
): { device?: string; name: string } {
  if (provider === "websocket") return { name: INBOX_NAME };
  const channel = CHANNEL_OF[provider];
  if (isAddressChannel(channel)) return { name: ADDRESS_NAME[channel] };
  const device = recipient?.devices.find(({ id }) => deviceHash(recipient.user, id) === hash);
  return device ? { device: device.id, name: deviceName(device) } : { name: REMOVED_NAME };
}

function unreachableSince(
  channel: Channel,
  why: Reason,
  recipient: Recipient | undefined,
): number | undefined {
  if (why !== "address_unreachable" || !isAddressChannel(channel)) return undefined;
  return recipient?.unreachable?.[channel]?.atMs;
}

/** A channel or device that is left out, and why. */
export function skippedEvidence(
  { channel, reason, device }: Skip,
  recipient: Recipient | undefined,
): DeviceEvidence {
  const found = recipient?.devices.find(({ id }) => id === device);
  // The device itself may know better why it has no token any more.
  const why = reason === "device_unregistered" && found?.reason === "token_moved" ? "token_moved" : reason;
  const { en, zh } = REASONS[why];
  const since = found?.invalidatedAtMs ?? unreachableSince(channel, why, recipient);
  return {
    ...(device !== undefined && device !== INBOX && { device }),
    name: found
      ? deviceName(found)
      : (device ?? (isAddressChannel(channel) ? ADDRESS_NAME[channel] : channel)),
    channel,
    outcome: "skipped",
    ...(since !== undefined && { at: new Date(since).toISOString() }),
    reason: why,
    text: { en, zh },
  };
}
