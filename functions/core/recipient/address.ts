import { domainToASCII } from "node:url";
import * as z from "zod/mini";
import { checkWebhookUrl } from "../net/webhook-url.ts";
import { optional, strictObject, string } from "../schema.ts";
import type { Channel, ProviderName } from "../words.ts";
import { E164 } from "./e164.ts";

/** Channels that reach a person at an address of the profile, not at a device. */
export const ADDRESS_CHANNELS = ["email", "sms", "webhook"] as const satisfies readonly Channel[];
export type AddressChannel = (typeof ADDRESS_CHANNELS)[number];

export const isAddressChannel = (channel: Channel): channel is AddressChannel =>
  ADDRESS_CHANNELS.some((one) => one === channel);

export const ADDRESS_PROVIDER = {
  email: "ses",
  sms: "sns",
  webhook: "webhook",
} as const satisfies Record<AddressChannel, ProviderName>;

/** The pseudo devices of the addresses: what a target is called in plan rows, ledgers and explanations. */
export const ADDRESS_DEVICE: Record<AddressChannel, string> = {
  email: "~email",
  sms: "~sms",
  webhook: "~webhook",
};

/** What speaks at the other end of a webhook. `standard` is Standard Webhooks; the others are robots of chat tools. */
export const WEBHOOK_FORMATS = [
  "standard",
  "slack",
  "discord",
  "telegram",
  "feishu",
  "dingtalk",
  "wecom",
] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

const MAX_EMAIL = 254;
const LOCAL = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}$/;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/;

/**
 * An address as SES takes it: a local part of 7-bit characters without quotes (SES refuses others), the domain in
 * small letters and punycode. Undefined = it is none.
 */
export function normalEmail(text: string): string | undefined {
  // domainToASCII drops line breaks and blanks without a word.
  if (/[\s\p{Cc}]/u.test(text)) return undefined;
  const at = text.lastIndexOf("@");
  const [local, domain] = [text.slice(0, at), domainToASCII(text.slice(at + 1))];
  const isOne = at > 0 && LOCAL.test(local) && !/^\.|\.\.|\.$/.test(local) && DOMAIN.test(domain);
  const whole = `${local}@${domain}`;
  return isOne && whole.length <= MAX_EMAIL ? whole : undefined;
}

export const EmailAddress = string(
  z.maxLength(MAX_EMAIL),
  z.refine((text) => normalEmail(text) !== undefined, "must be an e-mail address"),
);

export const PhoneNumber = string(z.regex(E164, "must be a phone number in E.164, e.g. +4915112345678"));

/** Any public host; where its name leads is looked at when it is connected to. */
const webhookUrl = string(
  z.maxLength(1024),
  z.refine(
    (url) => checkWebhookUrl(url).ok,
    "must be a plain https URL on port 443 with a public host name: lower case, no user, no fragment",
  ),
);
const robotSecret = string(z.minLength(4), z.maxLength(128), z.regex(/^[\x21-\x7e]+$/));

export const WebhookAddress = z.lazy(() =>
  z.discriminatedUnion("format", [
    strictObject({ format: z.enum(["standard", "slack", "discord", "wecom"]), url: webhookUrl }),
    /** `secret`: the robot's signing secret, where it has one. */
    strictObject({
      format: z.enum(["feishu", "dingtalk"]),
      url: webhookUrl,
      secret: optional(robotSecret),
    }),
    /** The chat that the app's bot writes to: a number, or @name of a channel. */
    strictObject({
      format: z.literal("telegram"),
      chat: string(z.regex(/^(-?\d{1,20}|@\w{5,32})$/, "must be a chat's id or @name")),
    }),
  ]),
);
export type WebhookAddress = z.infer<typeof WebhookAddress>;

/** What a profile says of how to reach a person without a device. */
export type Addresses = { email?: string; phone?: string; webhook?: WebhookAddress };

/** Since when, and why, an address is not sent to any more; another address of the channel lifts it. */
export type Unreachable = Partial<Record<AddressChannel, { atMs: number; reason: string }>>;

/** An address as a target carries it. */
export type Address = {
  kind: "email" | "phone" | "webhook";
  /** E-mail address, number, URL, or a Telegram chat. */
  value: string;
  format?: WebhookFormat;
  secret?: string;
};

/** The person's address on a channel, if the profile has one. */
export function addressOf(
  channel: AddressChannel,
  { email, phone, webhook }: Addresses,
): Address | undefined {
  switch (channel) {
    case "email":
      return email === undefined ? undefined : { kind: "email", value: email };
    case "sms":
      return phone === undefined ? undefined : { kind: "phone", value: phone };
    case "webhook":
      return webhook && webhookAddress(webhook);
    default:
      return channel satisfies never;
  }
}

function webhookAddress(webhook: WebhookAddress): Address {
  const { format } = webhook;
  if (webhook.format === "telegram") return { kind: "webhook", value: webhook.chat, format };
  const secret = "secret" in webhook ? webhook.secret : undefined;
  return { kind: "webhook", value: webhook.url, format, ...(secret !== undefined && { secret }) };
}
